// steps.mjs - what somebody does with the page, step by step: against the double in test_page.mjs,
// against a real sonde in drive.mjs. Each returns whether it worked.
import { soon } from "./browser.mjs";

/** The list is there and says it is live. */
export async function listed(page) {
	await page.waitForSelector(".row", { timeout: 15_000 });
	return soon(async () => (await page.textContent(".live")) === "live", 15_000);
}

/** The figures or the live line of some row change by themselves. */
export async function moves(page) {
	const lines = () => page.$$eval(".row", (rows) => rows.map((row) => [row.dataset.id, row.innerHTML]));
	const before = new Map(await lines());
	return soon(async () => (await lines()).some(([id, now]) => before.has(id) && before.get(id) !== now), 10_000);
}

/** Names in the list from the top. */
export function names(page) {
	return page.$$eval(".row", (rows) =>
		rows
			.sort((a, b) => Number(a.getAttribute("aria-rowindex")) - Number(b.getAttribute("aria-rowindex")))
			.map((row) => row.querySelector(".c-name").textContent),
	);
}

export async function search(page, text) {
	await page.keyboard.press("/");
	await page.fill(".search input", text);
}

/** Add a check by the dialog and land on its page. */
export async function add(page, { name, target }) {
	await page.click(".header .primary");
	await page.fill("#field-target", target);
	await page.fill("#field-name", name);
	await page.click(".modal button[type=submit]");
	return soon(async () => (await page.$(".now h2")) && (await page.textContent(".now h2")) === name);
}

/** The page of the check has measured something: a time, a chart, a row in the table. */
export async function history(page) {
	await page.waitForSelector(".chart canvas", { timeout: 10_000 });
	const figure = await soon(async () => /\d/.test(await page.textContent(".big")), 10_000);
	return figure && soon(async () => (await page.$$(".attempts tbody tr")).length >= 2, 10_000);
}

/** Delete the check looked at, and be back in the list, where it is not. */
export async function remove(page, name) {
	await page.click(".now .danger");
	await page.click(".modal .danger");
	await page.waitForSelector(".list");
	await search(page, name);
	const gone = await soon(async () => !(await names(page)).includes(name));
	await page.fill(".search input", "");
	await page.keyboard.press("Escape");
	return gone;
}
