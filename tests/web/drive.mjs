#!/usr/bin/env node
// drive.mjs - use the page of a real sonde as somebody would: list, live, add, history, delete.
//
//   node tests/web/drive.mjs URL TOKEN [--screenshot FILE] [--check-screenshot FILE]
//        [--target ADDRESS] [--theme dark|light]
//
// The target is added and deleted again; it is 127.0.0.2 unless told. URL has no path: http://127.0.0.1:7663/
import { done, launch, missing, ok, openPage } from "./browser.mjs";
import * as steps from "./steps.mjs";

const [url, token] = process.argv.slice(2);
const option = (name, def) => {
	const at = process.argv.indexOf(`--${name}`);
	return at < 0 ? def : process.argv[at + 1];
};

async function drive(browser) {
	const options = { colorScheme: option("theme", "dark"), deviceScaleFactor: 2 };
	const { page, faults } = await openPage(browser, `${new URL(url).origin}/#token=${token}`, options);
	const check = { name: `drive-${process.pid}`, target: option("target", "127.0.0.2") };

	ok(await steps.listed(page), "the list is shown and live");
	console.log(`# ${await page.textContent(".chip[data-state=all]")}`);
	ok(!page.url().includes(token), "the token left the address bar");
	ok(await steps.moves(page), "a row's live line moves");
	if (option("screenshot")) {
		await page.waitForTimeout(35_000); // the live lines hold 32 attempts
		await page.screenshot({ path: option("screenshot") });
	}
	ok(await steps.add(page, check), "a check is added and opened");
	ok(await steps.history(page), "it is measured and has a history");
	if (option("check-screenshot")) {
		await page.waitForTimeout(50_000); // the chart holds a minute
		await page.screenshot({ path: option("check-screenshot") });
	}
	ok(await steps.remove(page, check.name), "it is deleted");
	ok(faults.length === 0, `no dialog, script error, policy report or foreign request${faults.map((f) => `\n# ${f}`).join("")}`);
}

if (!url || !token) {
	console.error("usage: drive.mjs URL TOKEN [--screenshot FILE] [--check-screenshot FILE] [--target ADDRESS] [--theme dark|light]");
	process.exit(2);
}
if (missing()) {
	console.log(`1..0 # SKIP ${missing()}`);
	process.exit(77);
}
const browser = await launch();
try {
	await drive(browser);
} catch (error) {
	ok(false, `the page can be used: ${error.message.split("\n")[0]}`);
}
await browser.close();
done();
