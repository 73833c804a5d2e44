// offers.tsx - addresses found on this host that nobody measures yet: one click does.
import { signal } from "@preact/signals";
import { addSuggestion, suggestions } from "./commands";
import type { Suggestion } from "./types";

const KEY = "sonde.offers.dismissed";
const dismissed = signal(new Set((localStorage.getItem(KEY) ?? "").split(" ").filter(Boolean)));
const busy = signal("");

function dismissAll(): void {
	dismissed.value = new Set(suggestions.peek().map(({ target }) => target));
	localStorage.setItem(KEY, [...dismissed.value].join(" "));
}

async function take(suggestion: Suggestion): Promise<void> {
	if (busy.peek()) return;
	busy.value = suggestion.target;
	await addSuggestion(suggestion);
	busy.value = "";
}

export function Offer({ suggestion }: { suggestion: Suggestion }) {
	const { target, name, reason } = suggestion;
	return (
		<button
			class="chip offer"
			title={reason}
			disabled={busy.value === target}
			onClick={() => void take(suggestion)}
		>
			<span aria-hidden="true">+</span>
			<span class="hidden">Add </span>
			<bdi>{name}</bdi> <b>{target}</b>
		</button>
	);
}

export function Offers() {
	const list = suggestions.value.filter(({ target }) => !dismissed.value.has(target));
	if (list.length === 0) return null;
	return (
		<section class="offers" aria-label="Found on this host">
			<span class="muted">Found on this host</span>
			{list.map((suggestion) => (
				<Offer key={suggestion.target} suggestion={suggestion} />
			))}
			<button class="icon-button small" title="Not now" onClick={dismissAll}>
				<span aria-hidden="true">×</span>
				<span class="hidden">Hide these offers</span>
			</button>
		</section>
	);
}
