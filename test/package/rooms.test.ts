import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filesBelow, root } from './support/packed';

/*
 * How the sources are laid out: shared code knows no service, a room is small enough to be known by heart, and a file
 * short enough to be read in one go. Which room may know which is for the linter (eslint.config.mjs).
 */

const MOST_FILES = 10;
const MOST_LINES = 250;

const files = ['nodes', 'credentials']
	.flatMap((folder) => filesBelow(root, folder))
	.filter((file) => file.endsWith('.ts'));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const shared = files.filter((file) => file.startsWith('nodes/shared/'));

const services = [
	...new Set(files.map((file) => /^nodes\/(?!shared\/)(\w+)\//.exec(file)?.[1] ?? [])),
].flat();

/** `WorthAi` is also written `Worth AI`, `worth-ai` and `worthAi`. */
const NAMED = new RegExp(
	services.map((name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '[ _-]?')).join('|'),
	'i',
);

/** The ids by which the services find their invitations, as their mappers declare them. */
const ids = services
	.flatMap((service) => [
		...read(`nodes/${service}/mapper.ts`).matchAll(/^export type \w+Ids = \{([^}]*)\}/gm),
	])
	.flatMap(([, members = '']) => [...members.matchAll(/(\w+):/g)])
	.flatMap(([, id = '']) => id)
	// The one thing that shared code does know.
	.filter((id) => id !== 'invitationId');

/** Such an id as a word, and what it is an id of as a text of its own. */
const SUBJECT = new RegExp(
	ids.flatMap((id) => [`\\b${id}\\b`, `['"\`]${id.replace(/Id$/, '')}['"\`]`]).join('|'),
);

const offences = (pattern: RegExp): string[] =>
	shared.flatMap((file) =>
		read(file)
			.split('\n')
			.flatMap((line, index) =>
				pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
			),
	);

test('there is something to look at', () => {
	expect(services).toContain('KarmaCheck');
	expect(services.length).toBeGreaterThan(1);
	expect(ids.length).toBeGreaterThanOrEqual(services.length);
	expect(shared.length).toBeGreaterThan(30);
	expect('at Worth AI').toMatch(NAMED);
	expect("case 'userId':").toMatch(SUBJECT);
});

test('shared code names no service, in code, texts or comments', () => {
	expect(offences(NAMED)).toEqual([]);
});

test('shared code knows no id by which a service finds an invitation', () => {
	expect(offences(SUBJECT)).toEqual([]);
});

test('every shared file is in a room', () => {
	expect(shared.filter((file) => path.dirname(file) === 'nodes/shared')).toEqual([]);
});

test(`no room has more than ${MOST_FILES} files`, () => {
	const rooms = new Map<string, number>();
	for (const file of files) {
		const room = path.dirname(file);
		rooms.set(room, (rooms.get(room) ?? 0) + 1);
	}
	expect([...rooms].filter(([, count]) => count > MOST_FILES)).toEqual([]);
});

test(`no file has more than ${MOST_LINES} lines`, () => {
	const long = files.filter((file) => read(file).trimEnd().split('\n').length > MOST_LINES);
	expect(long).toEqual([]);
});
