// timeout: 240s
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Browser, findChromium, openBrowser } from './browser.js'
import { skip } from './skip.js'

/** The page of `coord audit --html`, opened in a real browser: wide and narrow, light and dark. */
const test = suite('audit page')

const program = join(dirname(fileURLToPath(import.meta.url)), '../../packages/cli/dist/src/main.js')

function storyPage(folder: string): string {
  const repository = join(folder, 'repo')
  mkdirSync(repository)
  spawnSync('git', ['init', '-q'], { cwd: repository })
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const coord = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { cwd: repository, env, encoding: 'utf8' })
  coord('instance', 'register', '--instance', 'alice', '--role', 'api', '--task', '<img src=x onerror=alert(1)>')
  coord('lock', 'acquire', 'src/a/very/long/path/to/some/file/that/is/contested.ts', 'b.ts', '--instance', 'alice')
  coord('lock', 'acquire', 'src/a/very/long/path/to/some/file/that/is/contested.ts', '--instance', 'bob')
  coord('lock', 'release', 'b.ts', '--force', '--reason', 'urgent', '--instance', 'bob')
  coord('decisions', 'add', '--category=testing', '--title=<b>T</b>', '--description=D', '--instance', 'bob')
  const page = join(folder, 'audit.html')
  const { status, stdout, stderr } = coord('audit', '--html')
  assert.is(status, 0, stderr)
  writeFileSync(page, stdout)
  return page
}

async function look(browser: Browser, page: string, width: number, scheme: 'light' | 'dark') {
  await browser.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false })
  await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
  await browser.send('Page.navigate', { url: pathToFileURL(page).href })
  for (let state: unknown; state !== 'complete'; ) state = await browser.valueOf('document.readyState')
  const { data } = await browser.send('Page.captureScreenshot', {})
  return {
    overflow: await browser.valueOf('document.documentElement.scrollWidth - window.innerWidth'),
    /** How far the picture reaches beyond its sheet, and the name of a file into the cells beside it. */
    spill: await browser.valueOf(`Math.max(...[...document.querySelectorAll('svg[role=img], svg[role=img] *')]
      .map((each) => each.getBoundingClientRect().right - each.closest('section').getBoundingClientRect().right))`),
    overlap: await browser.valueOf(`Math.max(...[...document.querySelectorAll('.heat tbody th')].map((name) => {
      const text = document.createRange()
      text.selectNodeContents(name)
      return text.getBoundingClientRect().right - name.nextElementSibling.getBoundingClientRect().left
    }))`),
    ground: await browser.valueOf('getComputedStyle(document.body).backgroundColor'),
    heading: await browser.valueOf('document.querySelector("h1").textContent'),
    bars: await browser.valueOf('document.querySelectorAll("svg[role=img] [class^=bar]").length'),
    crosses: await browser.valueOf('document.querySelectorAll("svg[role=img] .cross").length'),
    refused: await browser.valueOf('[...document.querySelectorAll(".heat td")].map(td => td.textContent).join("")'),
    foreign: await browser.valueOf('document.querySelectorAll("script, img, section b").length'),
    screenshotBytes: Buffer.from(String(data), 'base64').length,
  }
}

test('opens in Chromium without a request, an error or a sideways scroll, wide and narrow, light and dark', async () => {
  const chromium = findChromium()
  if (chromium === undefined) {
    skip('opens in Chromium', 'there is no chromium, chromium-browser or google-chrome')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'coordlog-page-'))
  const browser = await openBrowser(chromium)
  try {
    const page = storyPage(folder)
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`)
    const grounds = new Set<unknown>()
    for (const [width, scheme] of [
      [1440, 'light'],
      [1440, 'dark'],
      [390, 'light'],
      [390, 'dark'],
    ] as const) {
      const seen = await look(browser, page, width, scheme)
      grounds.add(seen.ground)
      const what = `${width} ${scheme}: ${JSON.stringify(seen)}`
      assert.ok(Number(seen.overflow) <= 0, what)
      assert.ok(Number(seen.spill) <= 0 && Number(seen.overlap) <= 0, what)
      assert.equal(
        [seen.heading, seen.bars, seen.crosses, seen.refused, seen.foreign],
        ['Who did what in repo', 2, 1, '1', 0],
        what,
      )
      assert.ok(seen.screenshotBytes > 10_000, what)
    }
    assert.is(grounds.size, 2, 'light and dark have the same ground')
    const of = (...names: string[]) => browser.events.filter(({ method }) => names.includes(method))
    assert.equal(of('Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled'), [])
    const urls = of('Network.requestWillBeSent').map(
      ({ params }): string => JSON.parse(JSON.stringify(params)).request.url,
    )
    assert.ok(
      urls.every((url) => url.startsWith('file:') || url.startsWith('data:')),
      urls.join(),
    )
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test.run()
