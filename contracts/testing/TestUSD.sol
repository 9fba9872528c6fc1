// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC3009} from "../leasing/IERC3009.sol";

/// @title A payment stablecoin with the habits of the regulated ones, for local chains only
/// @notice 6 decimals, lives behind a proxy, can be paused, blocks holders, has ERC-2612 permits and ERC-3009 authorisations. Its owner
/// mints at will: never list it on a public chain.
contract TestUSD is ERC20Permit, IERC3009 {
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    address public owner;
    bool public paused;
    mapping(address account => bool) public isBlocked;
    mapping(address authorizer => mapping(bytes32 nonce => bool)) public authorizationState;

    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
    event Paused();
    event Unpaused();
    event Blocked(address indexed account);
    event Unblocked(address indexed account);

    error TestUSD_AlreadyInitialised();
    error TestUSD_NotOwner(address caller);
    error TestUSD_Paused();
    error TestUSD_Blocked(address account);
    error TestUSD_NotPayee(address caller);
    error TestUSD_AuthorizationNotValid(uint256 validAfter, uint256 validBefore);
    error TestUSD_AuthorizationUsed(bytes32 nonce);
    error TestUSD_WrongSignature(address expected, address recovered);

    modifier onlyOwner() {
        require(msg.sender == owner, TestUSD_NotOwner(msg.sender));
        _;
    }

    /// @dev The implementation belongs to nobody; a proxy is initialised with its owner.
    constructor() ERC20("", "") ERC20Permit("Test USD") {
        owner = address(0xdead);
    }

    function initialise(address owner_) external {
        require(owner == address(0), TestUSD_AlreadyInitialised());
        owner = owner_;
    }

    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function setPaused(bool paused_) external onlyOwner {
        paused = paused_;
        if (paused_) emit Paused();
        else emit Unpaused();
    }

    function setBlocked(address account, bool blocked) external onlyOwner {
        isBlocked[account] = blocked;
        if (blocked) emit Blocked(account);
        else emit Unblocked(account);
    }

    /// @inheritdoc IERC3009
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        require(msg.sender == to, TestUSD_NotPayee(msg.sender));
        bool valid = block.timestamp > validAfter && block.timestamp < validBefore;
        require(valid, TestUSD_AuthorizationNotValid(validAfter, validBefore));
        require(!authorizationState[from][nonce], TestUSD_AuthorizationUsed(nonce));
        bytes32 structHash = keccak256(abi.encode(RECEIVE_TYPEHASH, from, to, value, validAfter, validBefore, nonce));
        address recovered = ECDSA.recover(_hashTypedDataV4(structHash), v, r, s);
        require(recovered == from, TestUSD_WrongSignature(from, recovered));
        authorizationState[from][nonce] = true;
        emit AuthorizationUsed(from, nonce);
        _transfer(from, to, value);
    }

    function name() public pure override returns (string memory) {
        return "Test USD";
    }

    function symbol() public pure override returns (string memory) {
        return "tUSD";
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!paused, TestUSD_Paused());
        require(!isBlocked[from], TestUSD_Blocked(from));
        require(!isBlocked[to], TestUSD_Blocked(to));
        super._update(from, to, value);
    }
}
