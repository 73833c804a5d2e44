// keys.ts - the keyboard. Nothing here works while somebody types or a dialog is open.
import { entries } from "./checks";
import { fixedBy } from "./commands";
import { dialog, openDialog, say } from "./dialogs";
import { focusSearch } from "./header";
import { moveSelection, selectedId, selected } from "./list";
import { openCheck, openList, refine, route } from "./route";
import { toggleTheme } from "./theme";

export const KEYS: [string, string][] = [
	["/", "Search"],
	["j  k", "Next, previous check"],
	["g  G", "First, last check"],
	["Enter", "Open the check"],
	["Esc", "Back; leave or clear the search"],
	["a", "Add a check"],
	["d", "Delete the check looked at"],
	["t", "Dark or light"],
	["?", "These keys"],
];

function isTyping(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.matches("input, select, textarea");
}

function escape(event: KeyboardEvent): void {
	const { target } = event;
	if (isTyping(target)) (target as HTMLElement).blur();
	else if (route.peek().id) openList();
	else if (route.peek().query || route.peek().state) refine({ query: "", state: "" });
	else selected.value = -1;
}

/** Keys of the list; those of one check are its own. Return: whether it was one. */
function listKey(key: string): boolean {
	switch (key) {
		case "/":
			focusSearch();
			return true;
		case "j":
		case "ArrowDown":
			moveSelection(1);
			return true;
		case "k":
		case "ArrowUp":
			moveSelection(-1);
			return true;
		case "g":
		case "Home":
			moveSelection(-Infinity);
			return true;
		case "G":
		case "End":
			moveSelection(Infinity);
			return true;
		case "Enter":
			if (selectedId()) openCheck(selectedId());
			return selectedId() !== "";
	}
	return false;
}

function deleteKey(): boolean {
	const check = entries.get(route.peek().id)?.check;
	if (!check) return false;
	const fixed = fixedBy(check);
	if (fixed) say(fixed, true);
	else openDialog({ kind: "delete", check });
	return true;
}

function anywhere(key: string): boolean {
	switch (key) {
		case "a":
			openDialog({ kind: "add" });
			return true;
		case "d":
			return deleteKey();
		case "t":
			toggleTheme();
			return true;
		case "?":
			openDialog({ kind: "help" });
			return true;
	}
	return false;
}

function onKey(event: KeyboardEvent): void {
	if (event.ctrlKey || event.metaKey || event.altKey || dialog.peek().kind !== "none") return;
	if (event.key === "Escape") return escape(event);
	const inSearch = event.target instanceof HTMLInputElement && event.target.type === "search";
	if (inSearch && (event.key === "Enter" || event.key === "ArrowDown")) {
		event.target.blur();
		selected.value = 0;
		event.preventDefault();
		return;
	}
	if (isTyping(event.target)) return;
	// Enter on a focused button or link is that button's
	const onControl = event.target instanceof HTMLElement && event.target.matches("button, a");
	if (event.key === "Enter" && onControl) return;
	if (anywhere(event.key) || (!route.peek().id && listKey(event.key))) event.preventDefault();
}

export function startKeys(): void {
	document.addEventListener("keydown", onKey);
}
