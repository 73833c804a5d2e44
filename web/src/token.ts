// token.ts - the bearer token for writes: from `#token=...` once, then only in this tab's
// session storage; it never stays in the address bar, the history or a link.
import { signal } from "@preact/signals";

const KEY = "sonde.token";

export const token = signal(sessionStorage.getItem(KEY) ?? "");

export function setToken(value: string): void {
	token.value = value.trim();
	if (token.value) sessionStorage.setItem(KEY, token.value);
	else sessionStorage.removeItem(KEY);
}

/** Take a token out of the address bar. Call before the first look at the route. */
export function takeToken(): void {
	const match = /^#token=([^&]*)/.exec(location.hash);
	if (!match) return;
	let value = match[1] ?? "";
	try {
		value = decodeURIComponent(value);
	} catch {
		// a percent sign of the token's own
	}
	setToken(value);
	history.replaceState(null, "", location.pathname + location.search + "#/");
}
