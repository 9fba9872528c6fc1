import { defineConfig } from '@playwright/test'

/** Debian's Chromium, or the one that CHROMIUM names; Playwright's own is never fetched. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** A test may wait so many times 60 s in all, and 10 s for anything on the screen: on a slow machine it takes longer, and is not wrong for it. */
const PATIENCE = Number(process.env['PATIENCE'] ?? 2)
/** A headless window has a renderer more for the popups of its address bar, a seventh of the suite's CPU: the first two. The others are Playwright 1.65's own list, which this takes the place of. */
const DISABLED_FEATURES = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]
/** Traces of failed tests, to be looked at with `playwright show-trace`: they make every test slower, so they are for who looks for a fault. */
const TRACED = process.env['TRACE'] !== undefined

/**
 * The browser suite: the production bundle against a live world (chain, nodes, indexer, page). `harness` shows that the harness tells good from bad, on a page
 * and a chain of its own; `journeys` is what people do; `clock` moves the world's clock, which everyone would feel but `ui`, which asks nothing of the world;
 * `measures` comes last and alone, for what other work on the machine would distort; `pictures` are for the docs, and taken when asked for.
 */
export default defineConfig({
  testDir: 'tests',
  outputDir: '../build/dapp-test/results',
  globalSetup: './tests/harness/startWorld.ts',
  fullyParallel: true,
  // A journey waits for blocks half of the time.
  workers: 3,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  timeout: 60_000 * PATIENCE,
  expect: { timeout: 10_000 * PATIENCE },
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    // A document whose policy a test widens reaches the page without an address of its own: Chromium then asks before it talks to loopback.
    permissions: ['local-network-access'],
    viewport: { width: 1280, height: 900 },
    contextOptions: { reducedMotion: 'reduce' },
    trace: TRACED ? { mode: 'retain-on-failure', screenshots: false, sources: true } : 'off',
    launchOptions: {
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--disable-features=${DISABLED_FEATURES.join(',')}`],
    },
  },
  projects: [
    { name: 'harness', testMatch: 'harness/**/*.spec.ts' },
    { name: 'journeys', testMatch: 'journeys/**/*.spec.ts' },
    { name: 'clock', testMatch: 'clock/**/*.spec.ts', dependencies: ['harness', 'journeys'], workers: 1 },
    { name: 'ui', testMatch: 'ui/**/*.spec.ts', dependencies: ['harness', 'journeys'], workers: 1 },
    { name: 'measures', testMatch: 'measures/**/*.spec.ts', dependencies: ['clock', 'ui'], workers: 1 },
    ...(process.env['PICTURES'] === undefined ? [] : [{ name: 'pictures', testMatch: 'pictures/**/*.spec.ts', workers: 1 }]),
  ],
})
