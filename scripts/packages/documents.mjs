// What a standalone package takes over of the root's documents.
import path from 'node:path';
import { toServiceKey } from '../migrate-workflows.mjs';
import { manifest } from './sources.mjs';

/** `- **KarmaCheck**: …`; what begins in another way is common to all. */
const NAMED = /^- \*\*([^*]+)\*\*: /;

/** The services that an entry names; none, if it is about all of them. */
const namedIn = (entry) => (NAMED.exec(entry)?.[1] ?? '').split(/, | and /).map(toServiceKey);

/** Lines up to the next beginning belong to the one before. */
const splitBefore = (text, beginning) => text.split(new RegExp(`^(?=${beginning})`, 'm'));

/** The changelog without what is about other services, and without headings that have nothing left below them. */
export function cutChangelog(text, { service, services }) {
	const own = toServiceKey(service);
	const others = services.map(toServiceKey).filter((key) => key !== own);
	const concerns = (entry) => {
		const named = namedIn(entry);
		return named.includes(own) || !named.some((key) => others.includes(key));
	};
	return splitBefore(text, '- |#+ |\\[')
		.filter(concerns)
		.filter((part, index, parts) => !/^### .*\s*$/.test(part) || parts[index + 1]?.startsWith('- '))
		.map((entry) => (namedIn(entry).join() === own ? entry.replace(NAMED, '- ') : entry))
		.join('');
}

/** The page of the examples, with the sections of those that are here; the pictures stay in the repository. */
export function cutExamples(text, workflows) {
	const names = workflows.map((file) => path.basename(file));
	const [head, ...sections] = splitBefore(text, '## ');
	const kept = sections.filter((section) => names.some((name) => section.includes(`(${name})`)));
	const repository = new URL(manifest.repository.url.replace(/^git\+|\.git$/g, '')).pathname;
	const images = `https://raw.githubusercontent.com${repository}/v${manifest.version}/docs/images/`;
	return `${[head, ...kept].join('').replaceAll('../docs/images/', images).trimEnd()}\n`;
}
