import { deepCopy } from 'n8n-workflow';

import type { CredentialData, CredentialsByType } from './types';

let stores = 0;

/** The credentials table of one engine: one credential of each type, kept between runs. */
export class CredentialStore {
	private readonly stored = new Map<string, CredentialData>();

	private readonly given = new Map<string, string>();

	private reads = 0;

	private series = ++stores;

	/** n8n never gives an id twice; what is kept in the process goes by it. */
	idOf(type: string): string {
		return `id of ${type} ${this.series}`;
	}

	/** Other credentials with the same data, as after deleting them and entering them anew. */
	renewIds(): void {
		this.series = ++stores;
	}

	/**
	 * Takes over what a run was given. The same data given again changes nothing, so that a token renewed by the first
	 * run is still there in the second.
	 */
	take(credentials: CredentialsByType): void {
		for (const [type, data] of Object.entries(credentials)) {
			const given = JSON.stringify(data);
			if (this.given.get(type) === given) continue;
			this.given.set(type, given);
			this.set(type, { ...this.stored.get(type), ...data });
		}
	}

	set(type: string, data: CredentialData): void {
		this.stored.set(type, deepCopy(data));
	}

	has(type: string): boolean {
		return this.stored.has(type);
	}

	get(type: string): CredentialData {
		const data = this.stored.get(type);
		if (data === undefined) throw new Error(`Credential of type "${type}" does not exist`);
		return deepCopy(data);
	}

	/** As `get`, counted as the database read and decryption it is in n8n. */
	read(type: string): CredentialData {
		this.reads += 1;
		return this.get(type);
	}

	get readCount(): number {
		return this.reads;
	}
}
