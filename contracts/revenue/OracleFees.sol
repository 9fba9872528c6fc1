// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IMeterOracle} from "../metering/IMeterOracle.sol";
import {INodeSet} from "../metering/INodeSet.sol";
import {IOracleFees} from "./IOracleFees.sol";
import {IRevenueWaterfall} from "./IRevenueWaterfall.sol";

/// @title OracleFees
/// @notice See IOracleFees.
/// @dev The `oracleTreasury` of waterfalls. What it assumes:
/// - A fee belongs to the round it is collected in, whenever it was earned. Anyone may collect and anyone may close, so nobody can hold
///   either back for long.
/// - Only final reports count, and those never fall, so what a closed round paid was signed.
/// - A report that leaves the oracle's ring of 512 before its round is closed is not counted. Whoever signed it may close a round every day.
/// - Nobody administers it. Tokens sent to it otherwise than by `collect` are nobody's and stay.
contract OracleFees is IOracleFees, ReentrancyGuard {
    using SafeERC20 for IERC20;

    uint256 private constant MIN_ROUND = 1 days;

    /// @dev One slot: the open round, the newest epoch counted, and when the last round was closed.
    struct Present {
        uint64 round;
        uint64 counted;
        uint40 since;
    }

    struct Pot {
        uint248 amount;
        bool dusted;
    }

    IMeterOracle private immutable ORACLE;
    INodeSet private immutable NODE_SET;

    Present private _present;
    mapping(uint64 round => uint32) private _totals;
    mapping(uint64 round => mapping(address cold => uint32)) private _signed;
    mapping(uint64 round => mapping(address currency => Pot)) private _pots;
    mapping(uint64 round => mapping(address currency => mapping(address cold => bool))) private _paid;

    constructor(IMeterOracle oracle, INodeSet nodeSet) {
        ORACLE = oracle;
        NODE_SET = nodeSet;
        _present = Present({round: 1, counted: 0, since: uint40(block.timestamp)});
    }

    // ------------------------------------------------------------------ //
    // Rounds
    // ------------------------------------------------------------------ //

    /// @inheritdoc IOracleFees
    function collect(address waterfall) external nonReentrant {
        address currency = IRevenueWaterfall(waterfall).terms().currency;
        uint256 before = IERC20(currency).balanceOf(address(this));
        IRevenueWaterfall(waterfall).claimFee(IRevenueWaterfall.Payee.Oracle, address(this));
        uint256 amount = IERC20(currency).balanceOf(address(this)) - before;
        uint64 open = _present.round;
        _pots[open][currency].amount += uint248(amount);
        emit FeeCollected(waterfall, currency, open, amount);
    }

    /// @dev What a walk over reports counts, in memory.
    struct Count {
        uint64 round;
        uint64 first;
        uint64 above;
        uint32 total;
        address[] colds;
        uint32[] signed;
    }

    /// @inheritdoc IOracleFees
    function closeRound() external {
        // Check
        Present memory present = _present;
        uint256 earliest = present.since + MIN_ROUND;
        require(block.timestamp >= earliest, OracleFees_RoundTooShort(present.round, earliest));

        // Effect: from the newest final report down its bases, until one counted before or no longer kept.
        Count memory count;
        count.round = present.round;
        (uint64 newest,) = ORACLE.newestFinal();
        count.above = newest;
        uint64 epoch = newest;
        while (epoch > present.counted) {
            (bool kept, IMeterOracle.Standing memory report) = _standing(epoch);
            if (!kept) break;
            if (epoch <= count.above) _enter(count, epoch);
            _tally(count, report.signers);
            count.first = epoch;
            epoch = report.baseEpoch;
        }
        _flush(count);
        require(count.total != 0, OracleFees_NothingSigned(present.round));
        _totals[present.round] = count.total;
        _present = Present({round: present.round + 1, counted: newest, since: uint40(block.timestamp)});
        emit RoundClosed(present.round, count.first, newest, count.total);
    }

    /// @dev A report the oracle keeps. Any other failure than its not keeping it is one of this call.
    function _standing(uint64 epoch) private view returns (bool kept, IMeterOracle.Standing memory report) {
        try ORACLE.standing(epoch) returns (IMeterOracle.Standing memory found) {
            return (true, found);
        } catch (bytes memory reason) {
            if (bytes4(reason) == IMeterOracle.MeterOracle_UnknownReport.selector) return (false, report);
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    /// @dev Goes on under the configuration a report of `epoch` was posted under.
    function _enter(Count memory count, uint64 epoch) private {
        _flush(count);
        (count.colds, count.above) = NODE_SET.membersAt(epoch);
        count.signed = new uint32[](count.colds.length);
    }

    function _tally(Count memory count, uint32 signers) private pure {
        uint32[] memory signed = count.signed;
        // Unchecked: at most 512 reports of 31 signers.
        unchecked {
            for (uint256 i = 0; signers != 0; ++i) {
                if (signers & 1 != 0) {
                    ++signed[i];
                    ++count.total;
                }
                signers >>= 1;
            }
        }
    }

    /// @dev Books what was counted under one configuration.
    function _flush(Count memory count) private {
        if (count.colds.length == 0) return;
        for (uint256 i = 0; i < count.colds.length; ++i) {
            if (count.signed[i] != 0) _signed[count.round][count.colds[i]] += count.signed[i];
        }
        emit SignaturesCounted(count.round, count.colds, count.signed);
    }

    // ------------------------------------------------------------------ //
    // Claims
    // ------------------------------------------------------------------ //

    /// @inheritdoc IOracleFees
    function claim(uint64[] calldata rounds, address currency, address to)
        external
        nonReentrant
        returns (uint256 amount)
    {
        // Check
        require(to != address(0), OracleFees_ZeroAddress());
        uint64 open = _present.round;

        // Effect
        for (uint256 i = 0; i < rounds.length; ++i) {
            require(rounds[i] != 0 && rounds[i] < open, OracleFees_RoundOpen(rounds[i]));
            require(!_paid[rounds[i]][currency][msg.sender], OracleFees_AlreadyPaid(rounds[i], msg.sender, currency));
            _paid[rounds[i]][currency][msg.sender] = true;
            _carryDust(rounds[i], open, currency);
            amount += _part(rounds[i], msg.sender, currency);
        }
        emit FeePaid(msg.sender, currency, to, amount);

        // Interaction
        if (amount != 0) IERC20(currency).safeTransfer(to, amount);
    }

    /// @dev Leaves of a closed round's pot what its signatures divide, and puts the rest into the open one. Once.
    function _carryDust(uint64 closed, uint64 open, address currency) private {
        Pot memory pot = _pots[closed][currency];
        if (pot.dusted) return;
        uint248 dust = pot.amount % _totals[closed];
        _pots[closed][currency] = Pot({amount: pot.amount - dust, dusted: true});
        if (dust == 0) return;
        _pots[open][currency].amount += dust;
        emit DustCarried(closed, currency, open, dust);
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc IOracleFees
    function shareOf(uint64 round_, address cold, address currency) external view returns (uint256) {
        bool open = round_ == 0 || round_ >= _present.round;
        return open || _paid[round_][currency][cold] ? 0 : _part(round_, cold, currency);
    }

    /// @inheritdoc IOracleFees
    function potOf(uint64 round_, address currency) external view returns (uint256) {
        return _pots[round_][currency].amount;
    }

    /// @inheritdoc IOracleFees
    function signedOf(uint64 round_, address cold) external view returns (uint32 signed, uint32 total) {
        return (_signed[round_][cold], _totals[round_]);
    }

    /// @inheritdoc IOracleFees
    function round() external view returns (uint64) {
        return _present.round;
    }

    /// @inheritdoc IOracleFees
    function closableFrom() external view returns (uint256) {
        return _present.since + MIN_ROUND;
    }

    /// @dev A closed round was signed by someone, so there is something to divide by.
    function _part(uint64 closed, address cold, address currency) private view returns (uint256) {
        return uint256(_pots[closed][currency].amount) / _totals[closed] * _signed[closed][cold];
    }
}
