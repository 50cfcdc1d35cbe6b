import { uuidFor } from './ids';

const NAMES = [
	['Ada', 'Mbeki'],
	['Bruno', 'Keller'],
	['Chiara', 'Lindqvist'],
	['Dev', 'Okafor'],
	['Elif', 'Sandoval'],
	['Farid', 'Novak'],
	['Greta', 'Tanaka'],
	['Hugo', 'Petrov'],
	['Ines', 'Achebe'],
	['Jonas', 'Moreau'],
	['Keiko', 'Larsen'],
	['Luca', 'Ferreira'],
	['Mina', 'Costa'],
] as const;

export function person(index: number): { givenName: string; familyName: string; email: string } {
	const [givenName, familyName] = NAMES[index % NAMES.length] ?? NAMES[0];
	const suffix = index < NAMES.length ? '' : String(index);
	return {
		givenName,
		familyName,
		email: `${givenName}.${familyName}${suffix}@example.com`.toLowerCase(),
	};
}

export function idsOf<Name extends string>(
	recipes: Record<Name, unknown>,
	provider: string,
): Record<Name, string> {
	const entries = Object.keys(recipes).map((name) => [name, uuidFor(provider, 'seed', name)]);
	return Object.fromEntries(entries) as Record<Name, string>;
}
