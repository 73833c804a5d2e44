// modal.tsx - the frame of every dialog, and the small ones: delete, token, keys.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AddDialog } from "./add";
import { removeCheck } from "./commands";
import { loadAll } from "./checks";
import { closeDialog, dialog, say } from "./dialogs";
import { KEYS } from "./keys";
import { checkId, openList } from "./route";
import { reconnect } from "./stream";
import { setToken, token } from "./token";
import type { Check } from "./types";

interface Props {
	title: string;
	children: ComponentChildren;
	onSubmit?: () => void;
}

/** The browser's own modal dialog: keeps the keyboard inside, closes on Escape, gives focus back. */
export function Modal({ title, children, onSubmit }: Props) {
	const element = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		element.current?.showModal();
	}, []);
	return (
		<dialog
			ref={element}
			class="modal"
			aria-labelledby="modal-title"
			onClose={closeDialog}
			onClick={(event) => event.target === element.current && closeDialog()}
		>
			<form
				method="dialog"
				noValidate
				onSubmit={(event) => {
					event.preventDefault();
					onSubmit?.();
				}}
			>
				<h2 id="modal-title">{title}</h2>
				{children}
			</form>
		</dialog>
	);
}

function DeleteDialog({ check }: { check: Check }) {
	const busy = useSignal(false);
	const remove = async () => {
		busy.value = true;
		const gone = await removeCheck(check);
		busy.value = false;
		if (!gone) return;
		closeDialog();
		if (checkId.peek() === check.id) openList();
	};
	return (
		<Modal title="Delete this check?" onSubmit={() => void remove()}>
			<p>
				<b>
					<bdi>{check.name}</bdi>
				</b>{" "}
				will no longer be measured. What was measured stays in the store until it is too old.
			</p>
			<div class="actions">
				<button type="button" class="button" onClick={closeDialog}>
					Keep
				</button>
				<button type="submit" class="button danger solid" disabled={busy.value}>
					Delete
				</button>
			</div>
		</Modal>
	);
}

function TokenDialog({ why }: { why: string }) {
	const value = useSignal("");
	const save = () => {
		if (!value.value.trim()) return;
		setToken(value.value);
		closeDialog();
		reconnect();
		void loadAll();
		say("Token kept for this tab");
	};
	return (
		<Modal title="A token is needed" onSubmit={save}>
			<p>
				{why} <code>sonde serve</code> prints it when it starts, with a link that already carries
				it.
			</p>
			<label class="field">
				<span class="field-name">Token</span>
				<input
					type="password"
					autocomplete="off"
					autofocus
					placeholder={token.value ? "another token" : ""}
					value={value.value}
					onInput={(event) => (value.value = event.currentTarget.value)}
				/>
				<span class="field-help">Kept until this tab is closed, and sent to this server only</span>
			</label>
			<div class="actions">
				<button type="button" class="button" onClick={closeDialog}>
					Cancel
				</button>
				<button type="submit" class="button primary" disabled={!value.value.trim()}>
					Use it
				</button>
			</div>
		</Modal>
	);
}

function HelpDialog() {
	return (
		<Modal title="Keys">
			<dl class="keys">
				{KEYS.map(([keys, what]) => (
					<div key={keys}>
						<dt>
							{keys.split(/ +/).map((key) => (
								<kbd key={key}>{key}</kbd>
							))}
						</dt>
						<dd>{what}</dd>
					</div>
				))}
			</dl>
			<div class="actions">
				<button type="button" class="button primary" onClick={closeDialog}>
					Close
				</button>
			</div>
		</Modal>
	);
}

export function Dialogs() {
	const open = dialog.value;
	switch (open.kind) {
		case "add":
			return <AddDialog />;
		case "delete":
			return <DeleteDialog check={open.check} />;
		case "token":
			return <TokenDialog why={open.why} />;
		case "help":
			return <HelpDialog />;
		case "none":
			return null;
	}
}
