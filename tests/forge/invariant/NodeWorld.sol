// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {INodeSet} from "../../../contracts/metering/INodeSet.sol";
import {NodeBonds} from "../../../contracts/metering/NodeBonds.sol";
import {OracleFees} from "../../../contracts/revenue/OracleFees.sol";
import {BondTest} from "../metering/BondTest.sol";
import {FeeGiver} from "../revenue/FeeGiver.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";

/// @title Six nodes, of which four are configured, two stablecoins, evidence now and then, and all they can do with bonds and fees
/// @dev Each action must succeed, or discards itself when there is nothing to do (I9: nobody else's acts can make it fail). What bonds are
/// to be, it keeps itself, changing them only where the node or the evidence acts (I12).
contract NodeWorld is BondTest {
    uint256 private constant NODES = 6;

    struct Book {
        uint256 bonded;
        uint256 unbonding;
        uint256 until;
    }

    OracleFees public fees;
    DecimalsToken[2] private _tokens;
    FeeGiver[2] private _givers;
    address[] private _all;
    mapping(address hot => uint256) private _keys;
    mapping(address cold => mapping(address token => Book)) private _books;
    mapping(address token => uint256) public slashed;
    mapping(address token => uint256) public collected;
    mapping(address token => uint256) public feesPaid;
    uint256 public trespasses;
    uint256 private _hotCount;
    uint64 private _counted;

    function setUp() public override {
        super.setUp();
        fees = new OracleFees(oracle, nodeSet);
        for (uint256 i = 0; i < 2; ++i) {
            _tokens[i] = new DecimalsToken(6);
            _givers[i] = new FeeGiver(address(_tokens[i]));
        }
        for (uint256 i = 0; i < 4; ++i) {
            _all.push(nodes[i].cold);
            _keys[nodes[i].hot] = hotKeys[i];
        }
        for (uint256 i = 4; i < NODES; ++i) {
            _all.push(makeAddr(string.concat("cold ", vm.toString(i))));
            vm.prank(_all[i]);
            nodeSet.join(_freshKey());
        }
    }

    // ------------------------------------------------------------------ //
    // Bonds
    // ------------------------------------------------------------------ //

    function deposit(uint256 seed, uint96 amount) external {
        (address cold, address currency) = _pick(seed);
        amount = uint96(bound(amount, 1, 1e12));
        _bondNode(cold, currency, amount);
        _books[cold][currency].bonded += amount;
    }

    function unbond(uint256 seed, uint96 amount) external {
        (address cold, address currency) = _pick(seed);
        Book storage book = _books[cold][currency];
        vm.assume(book.bonded != 0);
        amount = uint96(bound(amount, 1, book.bonded));
        vm.prank(cold);
        bonds.unbond(currency, amount);
        book.bonded -= amount;
        book.unbonding += amount;
        book.until = block.timestamp + UNBONDING;
    }

    function withdraw(uint256 seed) external {
        (address cold, address currency) = _pick(seed);
        Book storage book = _books[cold][currency];
        vm.assume(book.unbonding != 0);
        if (block.timestamp < book.until) vm.warp(book.until);
        vm.prank(cold);
        assertEq(bonds.withdraw(currency, tenant), book.unbonding, "withdrawn");
        (book.unbonding, book.until) = (0, 0);
    }

    function slash(uint256 seed) external {
        vm.assume(seed % 4 == 0);
        (address cold,) = _pick(seed / 4);
        address[] memory colds = new address[](1);
        colds[0] = cold;
        vm.prank(oracle.evidence());
        bonds.slash(colds, challenger);
        for (uint256 i = 0; i < 2; ++i) {
            Book storage book = _books[cold][address(_tokens[i])];
            slashed[address(_tokens[i])] += book.bonded + book.unbonding;
            delete _books[cold][address(_tokens[i])];
        }
    }

    function seize(uint256 seed) external {
        (address cold, address currency) = _pick(seed);
        uint32 generations = bonds.generationOf(cold);
        for (uint32 i = 0; i < generations; ++i) {
            uint96 amount = bonds.slashedBondOf(cold, i, currency);
            if (amount == 0) continue;
            bonds.seize(cold, i, currency);
            return;
        }
        vm.assume(false);
    }

    function claimSlashed(uint256 seed) external {
        (, address currency) = _pick(seed);
        address payee = seed & 1 == 0 ? challenger : bondReserve;
        uint96 amount = bonds.claimable(payee, currency);
        vm.assume(amount != 0);
        vm.prank(payee);
        bonds.claim(currency, tenant);
        slashed[currency] -= amount;
    }

    function refresh(uint256 seed) external {
        (, address currency) = _pick(seed);
        bonds.refreshCover(currency);
    }

    /// @notice What only a node or the evidence may do, tried by others.
    function trespass(uint256 seed) external {
        (address cold, address currency) = _pick(seed);
        address[] memory colds = new address[](1);
        colds[0] = cold;
        address who = [issuer, guardian, address(oracle), challenger, bondReserve][seed % 5];
        bytes[4] memory tries = [
            abi.encodeCall(bonds.slash, (colds, who)),
            abi.encodeCall(bonds.unbond, (currency, 1)),
            abi.encodeCall(bonds.withdraw, (currency, who)),
            abi.encodeCall(bonds.seize, (cold, bonds.generationOf(cold), currency))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(who);
            (bool done,) = address(bonds).call(tries[i]);
            if (done) ++trespasses;
        }
        vm.prank(who);
        (bool expelled,) = address(nodeSet).call(abi.encodeCall(nodeSet.expel, (colds)));
        if (expelled) ++trespasses;
    }

    // ------------------------------------------------------------------ //
    // Keys
    // ------------------------------------------------------------------ //

    function rotate(uint256 seed) external {
        INodeSet.NodeKeys memory node = nodeSet.nodes()[seed % 4];
        vm.assume(node.hot != address(0));
        vm.warp(block.timestamp + 1 days + 2 * L);
        vm.prank(node.cold);
        nodeSet.rotate(_freshKey());
    }

    function leave(uint256 seed) external {
        (address cold,) = _pick(seed);
        vm.assume(seed % 3 == 0 && nodeSet.isJoined(cold));
        vm.prank(cold);
        nodeSet.leave();
    }

    /// @notice Everyone who is out comes back, and the issuer picks four.
    function configure(uint256 seed) external {
        address[] memory colds = new address[](4);
        for (uint256 i = 0; i < NODES; ++i) {
            if (nodeSet.isJoined(_all[i])) continue;
            vm.prank(_all[i]);
            nodeSet.join(_freshKey());
        }
        for (uint256 i = 0; i < 4; ++i) {
            colds[i] = _all[(seed % NODES + i) % NODES];
        }
        vm.prank(issuer);
        nodeSet.configure(address(oracle), colds, METRICS);
    }

    // ------------------------------------------------------------------ //
    // Reports and fees
    // ------------------------------------------------------------------ //

    /// @notice The first three of four nodes that have a key report, if there are three.
    function report(uint256 seed) external {
        uint64 epoch = _epochAt(block.timestamp) + 1 + uint64(seed % 3);
        INodeSet.NodeKeys[] memory list = nodeSet.nodes();
        vm.warp(oracle.periodEnd(epoch) + D);
        IMeterOracle.Report memory made = _report(epoch, _rootOf(epoch), LEAVES);
        bytes32 digest = _reportDigest(made);
        bytes memory signatures;
        uint256 count = 0;
        for (uint256 i = 0; i < 4 && count < 3; ++i) {
            address key = epoch >= list[i].hotFrom ? list[i].hot : list[i].previousHot;
            if (key == address(0)) continue;
            signatures = bytes.concat(signatures, _recordWith(i, _keys[key], digest));
            ++count;
        }
        vm.assume(count == 3);
        oracle.submit(made, signatures);
    }

    function drop(uint256 seed) external {
        uint64 head = oracle.headEpoch();
        vm.assume(seed % 4 == 0 && head != 0 && block.timestamp < oracle.standing(head).minedAt + DISPUTE);
        vm.prank(oracle.evidence());
        oracle.drop(head, 0);
    }

    function collect(uint256 seed, uint256 amount) external {
        amount = bound(amount, 1, 1e12);
        _tokens[seed % 2].mint(address(_givers[seed % 2]), amount);
        fees.collect(address(_givers[seed % 2]));
        collected[address(_tokens[seed % 2])] += amount;
    }

    function closeRound() external {
        if (block.timestamp < fees.closableFrom()) vm.warp(fees.closableFrom());
        (uint64 newest,) = oracle.newestFinal();
        vm.assume(newest > _counted);
        fees.closeRound();
        _counted = newest;
    }

    function claimFee(uint256 seed) external {
        (address cold, address currency) = _pick(seed);
        for (uint64 i = 1; i < fees.round(); ++i) {
            uint256 share = fees.shareOf(i, cold, currency);
            if (share == 0) continue;
            uint64[] memory rounds = new uint64[](1);
            rounds[0] = i;
            vm.prank(cold);
            assertEq(fees.claim(rounds, currency, tenant), share, "share");
            feesPaid[currency] += share;
            return;
        }
        vm.assume(false);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }

    // ------------------------------------------------------------------ //
    // The end
    // ------------------------------------------------------------------ //

    function leaveWithEverything(address cold, address currency) external {
        Book memory book = _books[cold][currency];
        uint32 generations = bonds.generationOf(cold);
        for (uint32 i = 0; i < generations; ++i) {
            if (bonds.slashedBondOf(cold, i, currency) != 0) bonds.seize(cold, i, currency);
        }
        if (book.bonded + book.unbonding == 0) return;
        vm.startPrank(cold);
        if (book.bonded != 0) bonds.unbond(currency, uint96(book.bonded));
        vm.warp(block.timestamp + UNBONDING);
        bonds.withdraw(currency, tenant);
        vm.stopPrank();
    }

    function claimEverything(address currency) external {
        address[2] memory payees = [challenger, bondReserve];
        for (uint256 i = 0; i < 2; ++i) {
            if (bonds.claimable(payees[i], currency) == 0) continue;
            vm.prank(payees[i]);
            bonds.claim(currency, tenant);
        }
    }

    // ------------------------------------------------------------------ //
    // What there is
    // ------------------------------------------------------------------ //

    function theBonds() external view returns (NodeBonds) {
        return bonds;
    }

    function tokens() external view returns (DecimalsToken[2] memory) {
        return _tokens;
    }

    function all() external view returns (address[] memory) {
        return _all;
    }

    function bookOf(address cold, address currency) external view returns (Book memory) {
        return _books[cold][currency];
    }

    function trueCover(address currency) external view returns (uint256) {
        return _trueCover(currency);
    }

    function _pick(uint256 seed) private view returns (address cold, address currency) {
        seed = uint256(keccak256(abi.encode(seed)));
        return (_all[seed % NODES], address(_tokens[(seed >> 8) % 2]));
    }

    function _freshKey() private returns (address hot) {
        uint256 key;
        (hot, key) = makeAddrAndKey(string.concat("fresh ", vm.toString(_hotCount++)));
        _keys[hot] = key;
    }
}
