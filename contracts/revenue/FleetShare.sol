// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {CloneArgs} from "./CloneArgs.sol";
import {IFleetShare} from "./IFleetShare.sol";
import {IRevenueWaterfall} from "./IRevenueWaterfall.sol";

/// @title FleetShare
/// @notice See IFleetShare.
/// @dev A clone per tranche. Its supply is the tranche's face, minted once, so a holder's income between two touches is
/// floor(balance x (streamed now - streamed then) / face): no index to scale, no loop, at most one smallest unit of dust a touch. It
/// assumes `streamed` never falls, and holds no money itself: the waterfall pays what it says.
contract FleetShare is IFleetShare, IERC20Errors {
    /// @dev One slot. `claimable` spills into `_spill` when it outgrows 64 bits.
    struct Account {
        uint96 balance;
        uint96 streamed;
        uint64 claimable;
    }

    /// @dev The clone's arguments.
    struct Fixed {
        IRevenueWaterfall waterfall;
        uint256 tranche;
        uint256 face;
    }

    address private immutable FACTORY;

    string private _name;
    string private _symbol;
    uint8 private _decimals;
    mapping(address holder => Account) private _accounts;
    mapping(address holder => uint256) private _spill;
    mapping(address holder => mapping(address spender => uint256)) private _allowances;

    /// @dev Deployed by the factory, once, as the implementation of every clone.
    constructor() {
        FACTORY = msg.sender;
    }

    /// @notice Names the token and mints its whole face to `holder`. Factory only, once.
    function initialise(string calldata name_, string calldata symbol_, uint8 decimals_, address holder) external {
        require(msg.sender == FACTORY, FleetShare_NotFactory(msg.sender));
        require(bytes(_name).length == 0, FleetShare_AlreadyInitialised());
        _name = name_;
        _symbol = symbol_;
        _decimals = decimals_;
        uint256 face = _fixed().face;
        _accounts[holder].balance = uint96(face);
        emit Transfer(address(0), holder, face);
    }

    // ------------------------------------------------------------------ //
    // Income
    // ------------------------------------------------------------------ //

    /// @inheritdoc IFleetShare
    function claim(address to) external returns (uint256 amount) {
        require(to != address(0), FleetShare_ZeroAddress());
        Fixed memory fixed_ = _fixed();
        Account memory account = _accounts[msg.sender];
        amount = _accrued(account, fixed_.waterfall.streamed(fixed_.tranche), fixed_.face) + account.claimable;
        uint256 spill = _spill[msg.sender];
        if (spill != 0) {
            amount += spill;
            _spill[msg.sender] = 0;
        }
        require(amount != 0, FleetShare_NothingToClaim(msg.sender));
        account.claimable = 0;
        _accounts[msg.sender] = account;
        emit IncomeClaimed(msg.sender, to, amount);
        fixed_.waterfall.payIncome(fixed_.tranche, to, amount);
    }

    /// @inheritdoc IFleetShare
    function claimable(address holder) external view returns (uint256) {
        Fixed memory fixed_ = _fixed();
        Account memory account = _accounts[holder];
        uint256 accrued = _accrued(account, fixed_.waterfall.streamed(fixed_.tranche), fixed_.face);
        return accrued + account.claimable + _spill[holder];
    }

    /// @dev What `account` earned since it was last touched, and marks it touched, in memory.
    function _accrued(Account memory account, uint256 streamed, uint256 face) private pure returns (uint256 accrued) {
        accrued = account.balance * (streamed - account.streamed) / face;
        account.streamed = uint96(streamed);
    }

    /// @dev Credits `holder` with past income at the balance it was earned at, then sets the new balance.
    function _touch(address holder, uint256 balance, uint256 streamed, uint256 face) private {
        Account memory account = _accounts[holder];
        uint256 owed = _accrued(account, streamed, face) + account.claimable;
        if (owed > type(uint64).max) {
            _spill[holder] += owed;
            owed = 0;
        }
        account.claimable = uint64(owed);
        account.balance = uint96(balance);
        _accounts[holder] = account;
    }

    // ------------------------------------------------------------------ //
    // ERC-20
    // ------------------------------------------------------------------ //

    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = _allowances[from][msg.sender];
        if (allowed != type(uint256).max) {
            require(allowed >= value, ERC20InsufficientAllowance(msg.sender, allowed, value));
            _allowances[from][msg.sender] = allowed - value;
        }
        _transfer(from, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        require(spender != address(0), ERC20InvalidSpender(spender));
        _allowances[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// @dev A transfer of nothing, or to oneself, touches nobody: it must not shave dust off anyone's income.
    function _transfer(address from, address to, uint256 value) private {
        require(to != address(0), ERC20InvalidReceiver(to));
        uint256 fromBalance = _accounts[from].balance;
        require(fromBalance >= value, ERC20InsufficientBalance(from, fromBalance, value));
        if (value != 0 && from != to) {
            Fixed memory fixed_ = _fixed();
            uint256 streamed = fixed_.waterfall.streamed(fixed_.tranche);
            _touch(from, fromBalance - value, streamed, fixed_.face);
            _touch(to, _accounts[to].balance + value, streamed, fixed_.face);
        }
        emit Transfer(from, to, value);
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    function name() external view returns (string memory) {
        return _name;
    }

    function symbol() external view returns (string memory) {
        return _symbol;
    }

    function decimals() external view returns (uint8) {
        return _decimals;
    }

    function totalSupply() external view returns (uint256) {
        return _fixed().face;
    }

    function balanceOf(address holder) external view returns (uint256) {
        return _accounts[holder].balance;
    }

    function allowance(address holder, address spender) external view returns (uint256) {
        return _allowances[holder][spender];
    }

    /// @inheritdoc IFleetShare
    function waterfall() external view returns (address, uint256) {
        Fixed memory fixed_ = _fixed();
        return (address(fixed_.waterfall), fixed_.tranche);
    }

    function _fixed() private view returns (Fixed memory fixed_) {
        (uint256 place,) = CloneArgs.load();
        assembly ("memory-safe") {
            fixed_ := place
        }
    }
}
