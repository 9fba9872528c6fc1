// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IMeterOracle} from "./IMeterOracle.sol";
import {INodeBonds} from "./INodeBonds.sol";
import {INodeSet} from "./INodeSet.sol";

/// @title NodeBonds
/// @notice See INodeBonds.
/// @dev Holds nodes' bonds and what slashing booked. What it assumes:
/// - A token moves exactly what is asked, checked on the way in, and never more than 2^96 - 1 smallest units exist. Books are kept per
///   token, so one that lies, or calls back, spoils its own only.
/// - The oracle's evidence contract calls `slash` for proven falsehood alone. It is fixed in the MeterOracle's code, and which oracle
///   that is, in NodeSet by its first configuration.
/// - Nobody administers it. While a token is paused or a payee blocked, his withdrawal reverts and stays; he may name another address.
/// - Losses: a bond that is slashed is gone whole, also what is unbonding. What of it nobody seizes stays here.
contract NodeBonds is INodeBonds {
    using SafeERC20 for IERC20;

    uint256 private constant UNBONDING = 21 days;
    uint256 private constant CHALLENGER_PARTS = 5; // a fifth

    /// @dev One slot: bonded 96 | unbonding 96 | until 40.
    struct Bond {
        uint96 bonded;
        uint96 unbonding;
        uint40 until;
    }

    /// @dev One slot: amount 128 | stamp 64. Of no worth when its stamp is not the present one.
    struct Cover {
        uint128 amount;
        uint64 stamp;
    }

    INodeSet private immutable NODE_SET;
    address private immutable RESERVE;

    /// @dev Goes up when the members or their keys change. From 1, so that a cover never worked out is of no worth.
    uint64 private _stamp = 1;
    mapping(address currency => Cover) private _covers;
    mapping(address cold => uint32) private _generations;
    mapping(address cold => mapping(uint256 generation => address)) private _challengers;
    mapping(address cold => mapping(uint256 generation => mapping(address currency => Bond))) private _bonds;
    mapping(address payee => mapping(address currency => uint96)) private _claimable;

    /// @param nodeSet Whose members bond; it makes this contract
    /// @param reserve_ Who gets what of a slashed bond the challenger does not
    constructor(INodeSet nodeSet, address reserve_) {
        require(reserve_ != address(0), NodeBonds_ZeroAddress());
        NODE_SET = nodeSet;
        RESERVE = reserve_;
    }

    // ------------------------------------------------------------------ //
    // Bonding
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeBonds
    function deposit(address cold, address currency, uint96 amount) external {
        // Check
        require(cold != address(0), NodeBonds_ZeroAddress());
        require(amount != 0, NodeBonds_ZeroAmount());

        // Effect
        _bondOf(cold, currency).bonded += amount;
        emit Bonded(cold, currency, msg.sender, amount);
        _refresh(currency);

        // Interaction
        uint256 before = IERC20(currency).balanceOf(address(this));
        IERC20(currency).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(currency).balanceOf(address(this)) - before;
        require(received == amount, NodeBonds_WrongAmountReceived(amount, received));
    }

    /// @inheritdoc INodeBonds
    function unbond(address currency, uint96 amount) external {
        require(amount != 0, NodeBonds_ZeroAmount());
        Bond storage bond = _bondOf(msg.sender, currency);
        uint96 bonded = bond.bonded;
        require(amount <= bonded, NodeBonds_BondTooSmall(msg.sender, bonded, amount));

        bond.bonded = bonded - amount;
        bond.unbonding += amount;
        bond.until = uint40(block.timestamp + UNBONDING);
        emit Unbonding(msg.sender, currency, amount, bond.until);
        _refresh(currency);
    }

    /// @inheritdoc INodeBonds
    function withdraw(address currency, address to) external returns (uint96 amount) {
        // Check
        require(to != address(0), NodeBonds_ZeroAddress());
        Bond storage bond = _bondOf(msg.sender, currency);
        amount = bond.unbonding;
        require(amount != 0, NodeBonds_ZeroAmount());
        require(block.timestamp >= bond.until, NodeBonds_StillUnbonding(msg.sender, bond.until));

        // Effect
        (bond.unbonding, bond.until) = (0, 0);
        emit BondWithdrawn(msg.sender, currency, to, amount);

        // Interaction
        IERC20(currency).safeTransfer(to, amount);
    }

    // ------------------------------------------------------------------ //
    // Slashing
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeBonds
    function slash(address[] calldata colds, address challenger) external {
        // Check
        address oracle = NODE_SET.oracle();
        bool judged = oracle != address(0) && msg.sender == IMeterOracle(oracle).evidence();
        require(judged, NodeBonds_NotEvidence(msg.sender));

        // Effect
        for (uint256 i = 0; i < colds.length; ++i) {
            uint32 generation = _generations[colds[i]]++;
            _challengers[colds[i]][generation] = challenger;
            emit Slashed(colds[i], generation, challenger);
        }

        // Interaction: our own, which comes back to `membersChanged`.
        NODE_SET.expel(colds);
    }

    /// @inheritdoc INodeBonds
    function seize(address cold, uint32 generation, address currency) external {
        require(generation < _generations[cold], NodeBonds_NotSlashed(cold, generation));
        Bond storage bond = _bonds[cold][generation][currency];
        uint96 amount = bond.bonded + bond.unbonding;
        require(amount != 0, NodeBonds_ZeroAmount());

        delete _bonds[cold][generation][currency];
        uint96 toChallenger = uint96(amount / CHALLENGER_PARTS);
        _claimable[_challengers[cold][generation]][currency] += toChallenger;
        _claimable[RESERVE][currency] += amount - toChallenger;
        emit Seized(cold, generation, currency, toChallenger, amount - toChallenger);
    }

    /// @inheritdoc INodeBonds
    function claim(address currency, address to) external returns (uint96 amount) {
        // Check
        require(to != address(0), NodeBonds_ZeroAddress());
        amount = _claimable[msg.sender][currency];
        require(amount != 0, NodeBonds_ZeroAmount());

        // Effect
        _claimable[msg.sender][currency] = 0;
        emit Claimed(msg.sender, currency, to, amount);

        // Interaction
        IERC20(currency).safeTransfer(to, amount);
    }

    // ------------------------------------------------------------------ //
    // Cover
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeBonds
    function refreshCover(address currency) external {
        _refresh(currency);
    }

    /// @inheritdoc INodeBonds
    function membersChanged() external {
        require(msg.sender == address(NODE_SET), NodeBonds_NotNodeSet(msg.sender));
        _stamp += 1;
    }

    function _refresh(address currency) private {
        uint128 cover = _smallestQuorum(currency);
        _covers[currency] = Cover({amount: cover, stamp: _stamp});
        emit CoverRefreshed(currency, cover);
    }

    /// @dev The sum of the q smallest bonds of members with a key. With fewer than q such there is no quorum, and no cover either.
    /// One that left still signs reports for two epochs, before the first lease that can be opened without it in the sum begins.
    function _smallestQuorum(address currency) private view returns (uint128 sum) {
        INodeSet.NodeKeys[] memory nodes = NODE_SET.nodes();
        uint256 quorum = NODE_SET.quorum();
        uint96[] memory smallest = new uint96[](quorum);
        uint256 count = 0;
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (nodes[i].hot == address(0)) continue;
            uint96 bonded = _bondOf(nodes[i].cold, currency).bonded;
            // Ascending; what is pushed out at the far end is not among the q smallest.
            uint256 place = count < quorum ? count++ : quorum;
            for (; place != 0 && bonded < smallest[place - 1]; --place) {
                if (place < quorum) smallest[place] = smallest[place - 1];
            }
            if (place < quorum) smallest[place] = bonded;
        }
        if (count < quorum) return 0;
        for (uint256 i = 0; i < quorum; ++i) {
            sum += smallest[i];
        }
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeBonds
    function coverOf(address currency) external view returns (uint256) {
        Cover memory cover = _covers[currency];
        return cover.stamp == _stamp ? cover.amount : 0;
    }

    /// @inheritdoc INodeBonds
    function bondOf(address cold, address currency)
        external
        view
        returns (uint96 bonded, uint96 unbonding, uint40 until)
    {
        Bond storage bond = _bondOf(cold, currency);
        return (bond.bonded, bond.unbonding, bond.until);
    }

    /// @inheritdoc INodeBonds
    function slashedBondOf(address cold, uint32 generation, address currency) external view returns (uint96) {
        if (generation >= _generations[cold]) return 0;
        Bond storage bond = _bonds[cold][generation][currency];
        return bond.bonded + bond.unbonding;
    }

    /// @inheritdoc INodeBonds
    function generationOf(address cold) external view returns (uint32) {
        return _generations[cold];
    }

    /// @inheritdoc INodeBonds
    function claimable(address payee, address currency) external view returns (uint96) {
        return _claimable[payee][currency];
    }

    /// @inheritdoc INodeBonds
    function reserve() external view returns (address) {
        return RESERVE;
    }

    function _bondOf(address cold, address currency) private view returns (Bond storage) {
        return _bonds[cold][_generations[cold]][currency];
    }
}
