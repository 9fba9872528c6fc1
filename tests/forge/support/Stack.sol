// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {FleetRegistry} from "../../../contracts/fleet/FleetRegistry.sol";
import {Authority} from "../../../contracts/governance/Authority.sol";
import {CapacityLease} from "../../../contracts/leasing/CapacityLease.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {MeterOracle} from "../../../contracts/metering/MeterOracle.sol";
import {NodeBonds} from "../../../contracts/metering/NodeBonds.sol";
import {NodeSet} from "../../../contracts/metering/NodeSet.sol";
import {IStablecoinRegistry} from "../../../contracts/payments/IStablecoinRegistry.sol";
import {StablecoinRegistry} from "../../../contracts/payments/StablecoinRegistry.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueFactory} from "../../../contracts/revenue/RevenueFactory.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {TestUSDProxy} from "../../../contracts/testing/TestUSDProxy.sol";
import {Merkle} from "./Merkle.sol";

/// @title Every contract deployed and wired, one listed fleet, n nodes with bonds that sign what a test tells them to
abstract contract Stack is Test {
    struct Node {
        address cold;
        address hot;
    }

    uint32 internal constant L = 1 hours;
    uint32 internal constant D = 2 hours;
    uint32 internal constant DISPUTE = 6 hours;
    uint64 internal constant GENESIS = 1_790_000_000 / uint64(L) * L;
    uint96 internal constant RATE = 2_350_000;
    uint32 internal constant UNITS = 64;
    uint32 internal constant PERIOD = 7 days;
    uint96 internal constant SENIOR_FACE = 100_000e6;
    uint96 internal constant EQUITY_FACE = 50_000e6;
    /// @dev Of each node, in every token a test opens leases in: more than any lease here holds.
    uint96 internal constant NODE_BOND = 1 << 95;
    bytes32 internal constant METRICS = keccak256("metric definitions");

    address internal issuer = makeAddr("issuer");
    address internal guardian = makeAddr("guardian");
    address internal operator = makeAddr("operator");
    address internal tenant = makeAddr("tenant");
    address internal investor = makeAddr("investor");
    address internal bondReserve = makeAddr("reserve");
    address internal protocolTreasury = makeAddr("protocol treasury");
    address internal oracleTreasury = makeAddr("oracle treasury");

    Authority internal authority;
    StablecoinRegistry internal stablecoins;
    FleetRegistry internal registry;
    NodeSet internal nodeSet;
    NodeBonds internal bonds;
    MeterOracle internal oracle;
    CapacityLease internal leases;
    RevenueFactory internal factory;
    TestUSD internal usd;
    uint48 internal fleetId;
    RevenueWaterfall internal waterfall;
    FleetShare internal senior;
    FleetShare internal equity;

    uint256[] internal hotKeys;
    Node[] internal nodes;

    function setUp() public virtual {
        vm.warp(GENESIS);
        _deploy(4);
        (fleetId, waterfall) = _listFleet(operator, address(usd), UNITS);
        senior = FleetShare(waterfall.shareOf(0));
        equity = FleetShare(waterfall.shareOf(1));
    }

    // ------------------------------------------------------------------ //
    // Deployment
    // ------------------------------------------------------------------ //

    function _deploy(uint256 n) internal {
        authority = new Authority(address(this));
        stablecoins = new StablecoinRegistry(address(authority));
        registry = new FleetRegistry(address(authority));
        nodeSet = new NodeSet(address(authority), bondReserve);
        bonds = NodeBonds(nodeSet.bonds());
        oracle = new MeterOracle(address(nodeSet), GENESIS, L, D, DISPUTE);
        leases = new CapacityLease(oracle, registry, stablecoins, bonds);
        factory = new RevenueFactory(address(authority), leases, registry);
        usd = TestUSD(address(new TestUSDProxy(address(new TestUSD()), address(this))));

        authority.grantRole(1, issuer, 0);
        authority.grantRole(2, guardian, 0);
        _allow(address(stablecoins), 1, stablecoins.list.selector);
        _allow(address(stablecoins), 1, stablecoins.delist.selector);
        _allow(address(stablecoins), 1, stablecoins.resume.selector);
        _allow(address(stablecoins), 2, stablecoins.halt.selector);
        _allow(address(registry), 1, registry.list.selector);
        _allow(address(registry), 2, registry.delist.selector);
        _allow(address(nodeSet), 1, nodeSet.configure.selector);
        _allow(address(factory), 1, factory.create.selector);

        delete hotKeys;
        delete nodes;
        for (uint256 i = 0; i < n; ++i) {
            (address hot, uint256 key) = makeAddrAndKey(string.concat("hot ", vm.toString(i)));
            address cold = makeAddr(string.concat("cold ", vm.toString(i)));
            hotKeys.push(key);
            nodes.push(Node({cold: cold, hot: hot}));
            vm.prank(cold);
            nodeSet.join(hot);
        }
        vm.startPrank(issuer);
        nodeSet.configure(address(oracle), _colds(), METRICS);
        stablecoins.list(address(usd), _listing());
        vm.stopPrank();
        _bondNodes(address(usd));
    }

    function _colds() internal view returns (address[] memory colds) {
        colds = new address[](nodes.length);
        for (uint256 i = 0; i < nodes.length; ++i) {
            colds[i] = nodes[i].cold;
        }
    }

    /// @notice Gives every node a bond in a token that mints to anyone.
    function _bondNodes(address token) internal {
        for (uint256 i = 0; i < nodes.length; ++i) {
            _bondNode(nodes[i].cold, token, NODE_BOND);
        }
    }

    function _bondNode(address cold, address token, uint96 amount) internal {
        TestUSD(token).mint(address(this), amount);
        // Approve may return nothing.
        (bool done,) = token.call(abi.encodeCall(TestUSD(token).approve, (address(bonds), amount)));
        assertTrue(done, "approve");
        bonds.deposit(cold, token, amount);
    }

    function _allow(address target, uint64 role, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
    }

    function _listing() internal pure returns (IStablecoinRegistry.Listing memory) {
        return IStablecoinRegistry.Listing({issuer: "Test Issuer", feed: address(0), minPrice: 0, maxAge: 0});
    }

    function _spec(address currency, uint32 units) internal pure returns (IFleetRegistry.FleetSpec memory) {
        return IFleetRegistry.FleetSpec({
            currency: currency,
            listRate: RATE,
            units: units,
            boardWatts: 700,
            availabilityBps: 9900,
            penaltyBps: 5000,
            creditCapBps: 3000,
            notice: 24 hours,
            model: "H100 SXM5 80GB",
            site: "Testville"
        });
    }

    function _terms(uint48 id, address currency) internal view returns (IRevenueWaterfall.Terms memory) {
        return IRevenueWaterfall.Terms({
            fleetId: id,
            currency: currency,
            period: PERIOD,
            protocolFeeBps: 100,
            oracleFeeBps: 50,
            operatorFeeBps: 1000,
            energyCapBps: 2500,
            tariffPerKWh: 80_000,
            reserveTarget: 100e6,
            protocolTreasury: protocolTreasury,
            oracleTreasury: oracleTreasury
        });
    }

    function _tranches() internal pure returns (IRevenueWaterfall.Tranche[] memory tranches) {
        tranches = new IRevenueWaterfall.Tranche[](2);
        tranches[0] = IRevenueWaterfall.Tranche({face: SENIOR_FACE, couponBps: 800});
        tranches[1] = IRevenueWaterfall.Tranche({face: EQUITY_FACE, couponBps: 0});
    }

    function _listFleet(address operator_, address currency, uint32 units)
        internal
        returns (uint48 id, RevenueWaterfall waterfall_)
    {
        vm.startPrank(operator_);
        id = registry.propose(_spec(currency, units));
        registry.publishInventory(id, keccak256("inventory"), units);
        vm.stopPrank();
        vm.startPrank(issuer);
        (address created,) = factory.create(_terms(id, currency), _tranches(), investor);
        registry.list(id, created);
        vm.stopPrank();
        waterfall_ = RevenueWaterfall(created);
    }

    // ------------------------------------------------------------------ //
    // Leases
    // ------------------------------------------------------------------ //

    /// @notice A request that opens now, starting at the first boundary that is allowed, with the whole price in escrow.
    function _request(uint32 units, uint40 duration) internal view returns (ICapacityLease.LeaseRequest memory) {
        uint40 start = uint40((block.timestamp + 3 * L - 1) / L * L);
        return ICapacityLease.LeaseRequest({
            fleetId: fleetId,
            units: units,
            start: start,
            end: start + duration,
            rate: RATE,
            escrow: uint96(uint256(units) * RATE * duration / 3600),
            holder: tenant
        });
    }

    function _open(ICapacityLease.LeaseRequest memory request) internal returns (uint256 leaseId) {
        usd.mint(tenant, request.escrow);
        vm.startPrank(tenant);
        usd.approve(address(leases), request.escrow);
        leaseId = leases.open(request);
        vm.stopPrank();
    }

    function _bond(uint96 amount) internal {
        usd.mint(operator, amount);
        vm.startPrank(operator);
        usd.approve(address(leases), amount);
        leases.depositBond(fleetId, amount);
        vm.stopPrank();
    }

    function _reading(uint256 measured, uint256 delivered, uint256 utilised, uint256 breached, uint256 wh)
        internal
        pure
        returns (uint256)
    {
        return measured << 208 | delivered << 160 | utilised << 112 | breached << 64 | wh << 16;
    }

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    function _epochAt(uint256 time) internal pure returns (uint64) {
        return uint64((time - GENESIS) / L);
    }

    /// @notice The last epoch that has ended by `time` (>= genesis + L).
    function _epochEndingBy(uint256 time) internal pure returns (uint64) {
        return _epochAt(time) - 1;
    }

    function _report(uint64 epoch, bytes32 root, uint32 leafCount) internal view returns (IMeterOracle.Report memory) {
        return IMeterOracle.Report({
            configDigest: nodeSet.configDigest(),
            epoch: epoch,
            baseEpoch: oracle.headEpoch(),
            root: root,
            setHash: keccak256("set"),
            leafCount: leafCount
        });
    }

    function _reportDigest(IMeterOracle.Report memory report) internal view returns (bytes32) {
        return _reportDigest(report, report.baseEpoch == 0 ? bytes32(0) : oracle.standing(report.baseEpoch).root);
    }

    function _reportDigest(IMeterOracle.Report memory report, bytes32 baseRoot) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Wellhead MeterOracle"),
                keccak256("1"),
                block.chainid,
                address(oracle)
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Report(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 root,bytes32 setHash,uint32 leafCount)"
                ),
                report.configDigest,
                report.epoch,
                report.baseEpoch,
                baseRoot,
                report.root,
                report.setHash,
                report.leafCount
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// @notice One record `index ++ r ++ vs`.
    function _record(uint256 index, bytes32 digest) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(hotKeys[index], digest);
        bytes32 vs = bytes32(uint256(v - 27) << 255 | uint256(s));
        return abi.encodePacked(uint8(index), r, vs);
    }

    /// @notice The first q nodes' signatures.
    function _signatures(bytes32 digest) internal view returns (bytes memory signatures) {
        for (uint256 i = 0; i < nodeSet.quorum(); ++i) {
            signatures = bytes.concat(signatures, _record(i, digest));
        }
    }

    /// @notice Warps to the first moment a report of `epoch` may be mined and posts one with `root`.
    function _post(uint64 epoch, bytes32 root, uint32 leafCount) internal {
        uint256 opensAt = oracle.periodEnd(epoch) + D;
        if (block.timestamp < opensAt) vm.warp(opensAt);
        IMeterOracle.Report memory report = _report(epoch, root, leafCount);
        oracle.submit(report, _signatures(_reportDigest(report)));
    }

    /// @notice Posts a report whose only leaf is one lease's reading, makes it final, and settles the lease from it.
    function _meterAndSettle(uint256 leaseId, uint64 epoch, uint256 reading) internal {
        _post(epoch, Merkle.leaf(leases.meterIdOf(leaseId), reading), 1);
        vm.warp(block.timestamp + DISPUTE);
        leases.settle(leaseId, epoch, reading, new bytes32[](0));
    }
}
