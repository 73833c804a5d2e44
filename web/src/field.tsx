// field.tsx - one field of a form: its name, what it means, what the server says of it.
import type { ComponentChildren } from "preact";
import { keyName } from "./format";
import type { Param } from "./types";

interface Props {
	name: string;
	label: string;
	help?: string;
	/** What the server found wrong, "" nothing. */
	error: string;
	value: string;
	onInput: (value: string) => void;
	placeholder?: string;
	required?: boolean;
	autofocus?: boolean;
}

function Frame({ name, label, help, error, children }: Omit<Props, "value" | "onInput"> & { children: ComponentChildren }) {
	return (
		<div class={`field${error ? " has-error" : ""}`}>
			<label class="field-name" for={`field-${name}`}>
				{label}
			</label>
			{children}
			{error ? (
				<span class="field-error" id={`error-${name}`} role="alert">
					{error}
				</span>
			) : (
				help && <span class="field-help">{help}</span>
			)}
		</div>
	);
}

export function TextField(props: Props) {
	const { name, error, value, onInput, placeholder, required, autofocus } = props;
	return (
		<Frame {...props}>
			<input
				id={`field-${name}`}
				name={name}
				value={value}
				placeholder={placeholder}
				required={required}
				autofocus={autofocus}
				autocomplete="off"
				autocapitalize="off"
				spellcheck={false}
				aria-invalid={error !== ""}
				aria-describedby={error ? `error-${name}` : undefined}
				onInput={(event) => onInput(event.currentTarget.value)}
			/>
		</Frame>
	);
}

interface ParamProps {
	param: Param;
	value: string;
	error: string;
	onInput: (value: string) => void;
}

/** Number as the server means it: not a text that looks like one. */
export function paramValue(param: Param, text: string): string | number | boolean {
	if (param.type === "boolean") return text === "true";
	return param.type === "number" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** "One sentence of help. 0 to 65507 bytes" */
function helpOf({ type, help, min, max, unit }: Param): string {
	const text = help.slice(0, 1).toUpperCase() + help.slice(1);
	return type === "number" ? `${text}; ${min} to ${max}${unit ? ` ${unit}` : ""}` : text;
}

/** A parameter out of a kind's descriptor: choice, switch, number or text. */
export function ParamField({ param, value, error, onInput }: ParamProps) {
	const name = `params-${param.name}`;
	const label = keyName(param.name);
	const help = helpOf(param);
	const placeholder = String(param.default);
	const choices = param.type === "boolean" ? ["false", "true"] : (param.choices ?? []);
	if (choices.length === 0) {
		return <TextField {...{ name, label, help, error, value, onInput, placeholder }} />;
	}
	return (
		<Frame {...{ name, label, help, error }}>
			<select
				id={`field-${name}`}
				value={value || placeholder}
				onChange={(event) => onInput(event.currentTarget.value)}
			>
				{choices.map((choice) => (
					<option key={choice} value={choice}>
						{param.type === "boolean" ? (choice === "true" ? "yes" : "no") : choice}
					</option>
				))}
			</select>
		</Frame>
	);
}
