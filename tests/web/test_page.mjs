#!/usr/bin/env node
// test_page.mjs - Chromium uses the page over a made-up network of 10,000 checks.
import { existsSync } from "node:fs";
import { done, launch, missing, ok, openPage, soon } from "./browser.mjs";
import { PAGE, startMock } from "./mock.mjs";
import { PAYLOADS } from "./payloads.mjs";
import * as steps from "./steps.mjs";

const CHECKS = 10_000;

function skip(why) {
	console.log(`1..0 # SKIP ${why}`);
	process.exit(77);
}

const texts = (page, selector) => page.$$eval(selector, (all) => all.map((one) => one.textContent));

/** Remember when the first row stood in the document. */
function watchRows() {
	new MutationObserver((_, observer) => {
		if (!document.querySelector(".row .c-name")?.textContent) return;
		observer.disconnect();
		requestAnimationFrame(() => (window.rowsAt = performance.now()));
	}).observe(document, { childList: true, subtree: true });
}

async function testList(page) {
	ok(await steps.listed(page), "the list is shown and live");
	const took = await page.evaluate(() => {
		const data = performance.getEntriesByType("resource").find(({ name }) => name.includes("/checks?"));
		return { data: Math.round(data.responseEnd), rows: Math.round(window.rowsAt) };
	});
	console.log(`# ${CHECKS} checks: data after ${took.data} ms, rows painted ${took.rows - took.data} ms later`);
	ok((await page.getAttribute(".list", "aria-rowcount")) === String(CHECKS + 1), "all checks are in the list");
	ok((await page.$$(".row")).length < 80, "only what is seen exists");
	ok(await steps.moves(page), "a row's live line moves");
}

async function testStream(page, mock) {
	const seen = await page.$$eval(".row", (rows) => rows.map((row) => row.dataset.id));
	const ids = () => [...mock.streams].flatMap((stream) => stream.ids);
	ok(await soon(() => seen.slice(0, 20).every((id) => ids().includes(id))), "the stream follows the visible rows");
	ok(ids().length <= 200, "at most 200 ids are subscribed");
	await page.$eval(".list", (list) => (list.scrollTop = 200_000));
	const below = await page.waitForFunction(() => [...document.querySelectorAll(".row")].map((row) => row.dataset.id)[8]);
	const id = await below.jsonValue();
	ok(await soon(() => ids().includes(id)), "after scrolling it follows the rows there");
	ok(await soon(() => mock.streams.size === 1), "one connection at a time");
	mock.emit("registry", { change: "registered", id: "0000000000000001", name: "x" });
	mock.refuses = true;
	mock.cut();
	ok(await soon(async () => /stale since \d/.test(await page.textContent(".live"))), "after a cut it says since when it is stale");
	mock.refuses = false;
	ok(await soon(async () => [...mock.streams].some((stream) => stream.lastId.startsWith("5eed."))), "it resumes with Last-Event-ID");
	ok(await soon(async () => (await page.textContent(".live")) === "live"), "and is live again");
	await page.$eval(".list", (list) => (list.scrollTop = 0));
}

async function testSort(page) {
	for (const [column, nth] of [["c-rtt", 4], ["c-loss", 6], ["c-name", 1], ["c-target", 2]]) {
		await page.click(`.list-head .${column} .sort`);
		await page.waitForSelector(`.list-head .${column}[aria-sort]:not([aria-sort=none])`);
		const order = await page.getAttribute(`.list-head .${column}`, "aria-sort");
		ok(order !== "none", `column ${nth} sorts, ${order}`);
	}
	await page.click(".list-head .c-name .sort");
	const first = (await steps.names(page))[0];
	await page.click(".list-head .c-name .sort");
	ok(await soon(async () => (await steps.names(page))[0] !== first), "a second click turns the order round");
	ok(page.url().includes("sort=-name"), "the order is in the address");
	await page.click(".list-head .c-state .sort");
	const worst = await texts(page, ".row .state-name");
	ok(worst[0] === "Down", "by state the worst stand on top");
}

async function testFilter(page) {
	await steps.search(page, "site=fra db-1");
	ok(await soon(async () => (await steps.names(page)).every((name) => /^db-1\d*\.fra$/.test(name))), "words search names and labels at once");
	ok(await soon(async () => /\d+ of 10/.test(await page.textContent(".found"))), "how many match is said");
	await page.keyboard.press("Escape");
	await page.keyboard.press("Escape");
	ok(await soon(async () => !page.url().includes("q=")), "Escape leaves and clears the search");
	await page.click('.chip[data-state="down"]');
	ok(await soon(async () => new Set(await texts(page, ".row .state-name")).size === 1), "a state's button shows only its checks");
	await page.click('.chip[data-state="down"]');
	await steps.search(page, "no such check anywhere");
	ok(await soon(async () => (await page.$(".empty")) !== null), "no match is said");
	await page.fill(".search input", "");
	await page.keyboard.press("Escape");
}

async function testKeys(page) {
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	await page.keyboard.press("k");
	const selected = await page.getAttribute(".row.is-selected", "data-id");
	ok((await page.getAttribute(".row.is-selected", "aria-rowindex")) === "2", "j and k move the selection");
	await page.keyboard.press("G");
	ok(await soon(async () => (await page.$(`.row.is-selected[aria-rowindex="${CHECKS + 1}"]`)) !== null), "G goes to the last check");
	await page.keyboard.press("g");
	await page.keyboard.press("Enter");
	ok(await soon(() => page.url().includes(`#/check/${selected}`)), "Enter opens the check");
	await page.keyboard.press("Escape");
	ok(await soon(async () => (await page.$(".list")) !== null), "Escape goes back to the list");
	const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
	const before = await theme();
	await page.keyboard.press("t");
	ok((await theme()) !== before, "t changes dark and light");
	await page.keyboard.press("t");
	await page.keyboard.press("?");
	ok(await soon(async () => (await page.$("dialog[open] .keys")) !== null), "? lists the keys");
	await page.keyboard.press("Escape");
	ok(await soon(async () => (await page.$("dialog")) === null), "Escape closes a dialog");
}

async function testCheck(page, mock) {
	const well = [...mock.net.checks.values()].find(({ character }) => character.loss === 0);
	await page.goto(`${mock.url}#/check/${well.id}`);
	ok(await steps.history(page), "a deep link shows a check with its history");
	ok((await page.textContent(".now h2")) === well.name, "its name is the headline");
	const newest = () => page.textContent(".attempts tbody tr");
	const before = await newest();
	ok(await soon(async () => (await newest()) !== before), "new attempts are appended");
	await page.click("[data-range='1h']");
	ok(await soon(() => page.url().includes("range=1h")), "the range is in the address");
	ok(await soon(() => mock.requests.some(({ path }) => spanOf(path) > 3.5e12)), "and the whole range is asked for");
	await page.waitForSelector(".chart canvas");
	const box = await (await page.$(".chart .u-over")).boundingBox();
	await page.mouse.move(box.x + 200, box.y + 50);
	const late = await page.textContent(".readout");
	ok(/submit delay/.test(late), "the pointer tells submit delay and more");
	await page.mouse.down();
	await page.mouse.move(box.x + 400, box.y + 50, { steps: 4 });
	await page.mouse.up();
	ok(await soon(async () => (await texts(page, ".ranges .chip")).includes("Back to live")), "dragging zooms");
	await page.mouse.dblclick(box.x + 300, box.y + 50);
	ok(await soon(async () => !(await texts(page, ".ranges .chip")).includes("Back to live")), "a double click is live again");
	await page.goto(`${mock.url}#/check/00000000000000ff`);
	ok(await soon(async () => /No check has this id/.test(await page.textContent(".main"))), "an unknown id is said");
	await page.goto(`${mock.url}#/`);
}

/** ns between from and to of a request for samples, 0 for others. */
function spanOf(path) {
	const match = /samples\?from=(\d+)&to=(\d+)/.exec(path);
	return match ? Number(BigInt(match[2]) - BigInt(match[1])) : 0;
}

async function testAdd(page, mock) {
	await page.keyboard.press("a");
	await page.fill("#field-interval", "often");
	await page.click(".modal summary");
	await page.fill("#field-params-size", "70000");
	await page.click(".modal button[type=submit]");
	await page.waitForSelector("#error-target");
	ok((await page.textContent("#error-target")) === "is missing", "what the server says of the target stands beside it");
	ok(/duration/.test(await page.textContent("#error-interval")), "and of the interval");
	ok(/65507/.test(await page.textContent("#error-params-size")), "and of a parameter");
	await page.keyboard.press("Escape");
	await soon(async () => (await page.$("dialog")) === null);
	const check = { name: "added by the test", target: "198.18.255.1" };
	ok(await steps.add(page, check), "a check is added and opened");
	const posted = mock.requests.filter(({ method }) => method === "POST").at(-1);
	ok(posted.headers["content-type"] === "application/json", "writes are application/json");
	ok(await steps.remove(page, check.name), "it is deleted after a question");
	await page.click(".offers .offer");
	ok(await soon(async () => (await page.$$(".offers .offer")).length === 1), "an offer is taken by one click");
	ok([...mock.net.checks.values()].some(({ target }) => target === "192.0.2.1"), "and the server has it");
	const fixed = [...mock.net.checks.values()].find(({ source }) => source === "config");
	await page.goto(`${mock.url}#/check/${fixed.id}`);
	await page.waitForSelector(".now .danger");
	ok(await page.isDisabled(".now .danger"), "what the configuration file says cannot be deleted here");
	await page.goto(`${mock.url}#/`);
}

async function testToken(browser, mock) {
	const { page, context } = await openPage(browser, mock.url);
	await steps.listed(page);
	await page.click(".offers .offer");
	await page.waitForSelector("dialog[open] input[type=password]");
	ok(/sonde serve/.test(await page.textContent("dialog[open]")), "without a token it is said where to get it");
	await page.fill("dialog[open] input", mock.token);
	await page.click(".modal button[type=submit]");
	await soon(async () => (await page.$("dialog")) === null);
	await page.click(".offers .offer");
	ok(await soon(async () => (await page.$$(".offers .offer")).length === 0), "with it, adding works");
	await context.close();

	mock.locked = true;
	const far = await openPage(browser, mock.url);
	await far.page.waitForSelector("dialog[open] input[type=password]");
	ok((await far.page.$$(".row")).length === 0, "a server that refuses reads is asked nothing more before there is a token");
	await far.page.fill("dialog[open] input", mock.token);
	await far.page.click(".modal button[type=submit]");
	ok(await steps.listed(far.page), "with it, the list is there and live");
	await far.context.close();
	mock.locked = false;
}

async function testPhone(browser, mock) {
	for (const theme of ["dark", "light"]) {
		const options = { viewport: { width: 360, height: 740 }, colorScheme: theme, hasTouch: true };
		const { page, context, faults } = await openPage(browser, `${mock.url}#token=${mock.token}`, options);
		await steps.listed(page);
		const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		ok((await wide()) <= 0, `360 px, ${theme}: the list does not scroll sideways`);
		ok((await page.evaluate(() => document.documentElement.dataset.theme)) === theme, `the system's ${theme} is followed`);
		await page.evaluate(() => scrollTo(0, 100_000));
		ok(await soon(async () => (await page.$$eval(".row", (rows) => Math.max(...rows.map((row) => Number(row.getAttribute("aria-rowindex")))))) > 1000), "the window scrolls the list");
		await page.click(".row >> nth=8");
		await page.waitForSelector(".chart canvas");
		ok((await wide()) <= 0, "nor does a check");
		await page.click(".header .primary");
		await page.waitForSelector("#field-params-size", { state: "attached" });
		ok((await wide()) <= 0, "nor the dialog");
		ok(faults.length === 0, `nothing went wrong${faults.map((fault) => `\n# ${fault}`).join("")}`);
		await context.close();
	}
}

/** Every text a server or a stranger can choose, in turn each of the payloads. */
async function testPayloads(browser) {
	const suggestions = PAYLOADS.map((text, i) => ({ target: `${i}${text}`, name: text, reason: text }));
	const store = { samples: 0, queued: 0, dropped: 1, bytes: 0, commits: 0, errors: 1, last_error: PAYLOADS[1] };
	const mock = await startMock({ checks: 0, suggestions, summary: { store, version: PAYLOADS[0] } });
	const checks = PAYLOADS.map((text) => {
		const params = { size: 56, source: text, device: text };
		return mock.net.add({ name: text, target: text, kind: text, source: text, labels: { [text]: text }, params });
	});
	mock.net.tick();
	const viewport = { width: 1440, height: 1900 };
	const { page, faults } = await openPage(browser, `${mock.url}#token=${mock.token}`, { viewport });
	await steps.listed(page);
	await page.evaluate(() => {
		window.reports = [];
		addEventListener("securitypolicyviolation", (event) => window.reports.push(event.violatedDirective));
	});
	for (const check of checks) {
		check.row = { ...check.row, state: "down" };
		mock.emitState(check, "up");
	}
	await page.waitForSelector(".change");
	const shown = await steps.names(page);
	ok(PAYLOADS.filter((text) => shown.includes(text.replaceAll("\0", "\ufffd")) || shown.includes(text)).length >= 28, "the payloads are shown as the texts they are");
	for (const check of checks) {
		await page.goto(`${mock.url}#/check/${check.id}`);
		await page.waitForSelector(".now h2");
	}
	await page.keyboard.press("d");
	await page.waitForSelector("dialog[open]");
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	await page.keyboard.press("a");
	await page.waitForSelector("#field-target");
	await page.fill("#field-target", PAYLOADS[1]);
	await page.click(".modal button[type=submit]");
	await soon(async () => (await page.$("dialog")) === null);
	await page.goto(`${mock.url}#/?q=${encodeURIComponent(PAYLOADS[0])}&state=${encodeURIComponent(PAYLOADS[1])}`);
	await page.waitForSelector(".list");
	faults.push(...(await page.evaluate(() => window.reports)));
	const strange = await page.$$eval("#app script, #app iframe, #app img, #app object, #app embed, #app link, #app base, #app style", (all) => all.length);
	ok(strange === 0, "no element came out of a text");
	ok(faults.length === 0, `30 payloads in every field: no dialog, no policy report${faults.map((fault) => `\n# ${fault}`).join("")}`);
	await mock.close();
}

/** Contrast of two colours "#rrggbb", by WCAG 2. */
function contrast(a, b) {
	const light = (hex) => {
		const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
		const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
	};
	const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

async function testContrast(page) {
	const names = ["text", "muted", "accent", "up", "degraded", "down", "unknown", "pending"];
	const read = (all) => {
		const style = getComputedStyle(document.documentElement);
		return Object.fromEntries(all.map((name) => [name, style.getPropertyValue(`--${name}`)]));
	};
	for (const theme of ["dark", "light"]) {
		if ((await page.evaluate(() => document.documentElement.dataset.theme)) !== theme) await page.keyboard.press("t");
		await page.waitForSelector(`html[data-theme=${theme}]`);
		const colours = await page.evaluate(read, [...names, "bg", "panel", "hover", "raised"]);
		const poor = names.flatMap((name) =>
			["bg", "panel", "hover", "raised"]
				.filter((ground) => contrast(colours[name], colours[ground]) < 4.5)
				.map((ground) => `${name} on ${ground}: ${contrast(colours[name], colours[ground]).toFixed(2)}`),
		);
		ok(poor.length === 0, `${theme}: every colour of text has a contrast of 4.5${poor.map((one) => `\n# ${one}`).join("")}`);
	}
}

async function testWarnings(browser) {
	const mock = await startMock({ checks: 3, summary: { healthy: false, results_dropped: 7, config_ok: false } });
	const { page, context } = await openPage(browser, mock.url);
	await page.waitForSelector(".warnings");
	const list = await texts(page, ".warnings li");
	await testContrast(page);
	ok(/^sonde$|down · sonde/.test(await page.title()), "the title is the page's");
	ok(list.length === 3 && /silent/.test(list[0]), "what is wrong with the measuring is said plainly");
	await context.close();
	await mock.close();
}

async function main() {
	const mock = await startMock({ checks: CHECKS });
	const browser = await launch();
	try {
		const { page, context, faults } = await openPage(browser, "about:blank");
		await page.addInitScript(watchRows);
		await page.goto(`${mock.url}#token=${mock.token}`);
		await testList(page);
		ok(!page.url().includes(mock.token), "the token left the address bar");
		await testStream(page, mock);
		await testSort(page);
		await testFilter(page);
		await testKeys(page);
		await testCheck(page, mock);
		await testAdd(page, mock);
		const own = faults.filter((fault) => !fault.startsWith(`request: ${mock.url}`));
		ok(own.length === 0, `no dialog, script error or policy report${own.map((fault) => `\n# ${fault}`).join("")}`);
		await context.close();
		await testToken(browser, mock);
		await testPhone(browser, mock);
		await testPayloads(browser);
		await testWarnings(browser);
	} catch (error) {
		ok(false, `the page can be used: ${error.stack}`);
	}
	await browser.close();
}

if (missing()) skip(missing());
if (!existsSync(PAGE)) skip(`no ${PAGE}: make builds it`);
await main();
done();
process.exit(); // a test that gave up has left its server behind
