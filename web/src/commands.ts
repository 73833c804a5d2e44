// commands.ts - what changes something on the server, and what to do when it refuses.
import { effect, signal } from "@preact/signals";
import { api, ApiError } from "./api";
import { add, forget } from "./checks";
import { openDialog, say } from "./dialogs";
import { refused } from "./stream";
import { token } from "./token";
import type { Check, Suggestion } from "./types";

export const suggestions = signal<Suggestion[]>([]);

export async function loadSuggestions(): Promise<void> {
	try {
		suggestions.value = await api.suggestions();
	} catch {
		// an offer that cannot be made is no fault worth a message
		suggestions.value = [];
	}
}

/** @error's answer is "who are you?": ask for the token. Return: whether it was that. */
export function askedForToken(error: unknown): boolean {
	if (!(error instanceof ApiError) || error.status !== 401) return false;
	const why = token.peek()
		? "The server does not know this token."
		: "Adding and deleting needs the token.";
	openDialog({ kind: "token", why });
	return true;
}

/** Beyond loopback a server shows nothing without the token: ask as soon as it refuses. */
export function startAccess(): void {
	effect(() => {
		if (refused.value !== 401) return;
		openDialog({ kind: "token", why: "This server shows nothing without its token." });
	});
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Register; errors are the caller's to show. */
export async function addCheck(body: object): Promise<Check> {
	const check = await api.add(body);
	add(check);
	void loadSuggestions();
	return check;
}

export async function addSuggestion(suggestion: Suggestion): Promise<void> {
	try {
		const check = await addCheck({ name: suggestion.name, target: suggestion.target });
		say(`Measuring ${check.name}`);
	} catch (error) {
		if (!askedForToken(error)) say(`Not added: ${messageOf(error)}`, true);
	}
}

/** Why @check cannot be deleted here, "" when it can. */
export function fixedBy(check: Check): string {
	if (check.source === "config") return "It stands in the configuration file: delete it there";
	if (check.source === "built-in") return "It is built in, for want of a configuration file";
	return "";
}

/** Return: whether it is gone. */
export async function removeCheck(check: Check): Promise<boolean> {
	try {
		await api.remove(check.id);
	} catch (error) {
		const gone = error instanceof ApiError && error.status === 404;
		if (!gone) {
			if (!askedForToken(error)) say(`Not deleted: ${messageOf(error)}`, true);
			return false;
		}
	}
	forget(check.id);
	say(`Deleted ${check.name}`);
	void loadSuggestions();
	return true;
}
