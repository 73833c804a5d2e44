// browser.mjs - Chromium as the tests want it: headless, talking to nobody but the page's server.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why no browser test can run here, "" when they can. */
export function missing() {
	if (!existsSync(CHROMIUM)) return `no ${CHROMIUM}`;
	try {
		require.resolve("playwright-core");
		return "";
	} catch {
		return "playwright-core is not installed (tools/setup)";
	}
}

export function launch() {
	const { chromium } = require("playwright-core");
	return chromium.launch({
		executablePath: CHROMIUM,
		args: [
			"--headless",
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
}

/**
 * A page that remembers whatever must never happen: dialogs of the browser, scripts that ran out
 * of data, refusals of the content security policy, errors, requests to other hosts.
 */
export async function openPage(browser, url, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
	const page = await context.newPage();
	const faults = [];
	page.on("dialog", (dialog) => {
		faults.push(`dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
	page.on("console", (message) => {
		if (/content security policy|violates the following/i.test(message.text())) faults.push(message.text());
	});
	page.on("request", (request) => {
		if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`request: ${request.url()}`);
	});
	await page.goto(url);
	return { page, context, faults };
}

let run = 0;
let failed = 0;

export function ok(condition, name) {
	run++;
	if (!condition) failed++;
	console.log(`${condition ? "" : "not "}ok ${run} - ${name}`);
	return Boolean(condition);
}

/** Wait for something to become true. Return: whether it did in time. */
export async function soon(test, ms = 8000) {
	const end = Date.now() + ms;
	for (;;) {
		if (await test()) return true;
		if (Date.now() > end) return false;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

export function done() {
	console.log(`1..${run}`);
	process.exitCode = failed ? 1 : 0;
}
