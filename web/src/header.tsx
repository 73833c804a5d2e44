// header.tsx - the top of every view: name, liveness, search, and what one can do.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { openDialog } from "./dialogs";
import { clock } from "./format";
import { refine, route } from "./route";
import { heardAt, live, summary } from "./stream";
import { theme, toggleTheme } from "./theme";

function Mark() {
	return (
		<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
			<path d="M7.5 22a12 12 0 0 1 0-12M24.5 10a12 12 0 0 1 0 12" class="far" />
			<path d="M11.7 19a6.5 6.5 0 0 1 0-6M20.3 13a6.5 6.5 0 0 1 0 6" class="near" />
			<circle cx="16" cy="16" r="2.8" />
		</svg>
	);
}

function LiveDot() {
	const heard = heardAt.value ? clock(heardAt.value) : "";
	const texts = {
		connecting: heard ? `stale since ${heard}` : "connecting",
		live: "live",
		stale: heard ? `stale since ${heard}` : "not connected",
		paused: "paused",
	};
	const state = live.value === "connecting" && heard ? "stale" : live.value;
	return (
		<span class={`live is-${state}`} role="status">
			<span class="dot" aria-hidden="true" />
			{texts[live.value]}
		</span>
	);
}

/** The search field; `/` brings the keyboard here. */
let searchField: RefObject<HTMLInputElement | null> | null = null;

export function focusSearch(): void {
	searchField?.current?.focus();
	searchField?.current?.select();
}

function Search() {
	const field = useRef<HTMLInputElement>(null);
	useEffect(() => {
		searchField = field;
		return () => (searchField = null);
	}, []);
	return (
		<label class="search">
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<circle cx="7" cy="7" r="4.5" />
				<path d="m10.5 10.5 3.5 3.5" />
			</svg>
			<input
				ref={field}
				type="search"
				placeholder="Search names, targets, labels"
				aria-label="Search checks"
				aria-keyshortcuts="/"
				autocomplete="off"
				spellcheck={false}
				value={route.value.query}
				onInput={(event) => refine({ query: event.currentTarget.value })}
			/>
			<kbd aria-hidden="true">/</kbd>
		</label>
	);
}

function ThemeButton() {
	const next = theme.value === "dark" ? "light" : "dark";
	return (
		<button class="icon-button" title={`Switch to ${next} (t)`} onClick={toggleTheme}>
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<circle cx="8" cy="8" r="5.5" class="stroke" />
				<path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" class="fill" />
			</svg>
			<span class="hidden">Switch to {next}</span>
		</button>
	);
}

export function Header() {
	return (
		<header class="header">
			<a class="brand" href="#/" title={summary.value?.version ?? ""}>
				<Mark />
				<h1>sonde</h1>
			</a>
			<LiveDot />
			<span class="gap" />
			{!route.value.id && <Search />}
			<button class="button primary" title="Add a check (a)" onClick={() => openDialog({ kind: "add" })}>
				<span aria-hidden="true">+</span> Add<span class="wide-only"> check</span>
			</button>
			<ThemeButton />
			<button class="icon-button" title="Keys (?)" onClick={() => openDialog({ kind: "help" })}>
				<span aria-hidden="true">?</span>
				<span class="hidden">Keys and help</span>
			</button>
		</header>
	);
}
