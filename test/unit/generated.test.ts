import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SHIPPED } from '../services';
import { generatedFiles, ROOT } from '../services/generated';

// Red? `npm run generate` writes them.
test.each(SHIPPED.flatMap((facts) => Object.entries(generatedFiles(facts))))(
	'%s says what follows from the facts',
	(file, content) => {
		const found = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as object;
		// The order counts: it is that of the columns in n8n's table.
		expect(JSON.stringify(found)).toBe(JSON.stringify(content));
	},
);
