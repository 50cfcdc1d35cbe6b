import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { SHIPPED } from '.';
import { generatedFiles, ROOT } from './generated';

/** npm run generate */
async function main(): Promise<void> {
	for (const [name, content] of SHIPPED.flatMap((facts) => Object.entries(generatedFiles(facts)))) {
		const file = path.join(ROOT, name);
		const text = JSON.stringify(content, null, 2);
		const options = await resolveConfig(file);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, await format(text, { ...options, filepath: file }));
	}
}

void main();
