import { availableParallelism } from 'node:os';

const shared = {
	testEnvironment: 'node',
	moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/', '<rootDir>/.stryker-tmp/'],
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{
				jsc: {
					parser: { syntax: 'typescript', decorators: true },
					transform: { legacyDecorator: true, decoratorMetadata: true },
					target: 'es2021',
				},
				module: { type: 'commonjs' },
				sourceMaps: 'inline',
			},
		],
	},
};

const project = (name) => ({
	...shared,
	displayName: name,
	// Keeps Jest from walking through test/e2e, where a whole n8n may be installed.
	roots: [`<rootDir>/test/${name}`, '<rootDir>/nodes', '<rootDir>/credentials'],
	testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

/** For tests that make so many promises that Node's work for each of them shows. */
const withPromises = (name) => ({
	...project(name),
	testEnvironment: '<rootDir>/test/testEnvironment.mjs',
});

export default {
	projects: [
		project('unit'),
		withPromises('engine'),
		withPromises('contract'),
		withPromises('exploration'),
		{
			// Lints and loads the whole package, which is built and packed once beforehand.
			...project('package'),
			globalSetup: '<rootDir>/test/package/support/pack.mjs',
			globalTeardown: '<rootDir>/test/package/support/cleanUp.mjs',
		},
	],
	// The second one counts for npm test and npm run test:oldest.
	reporters: ['default', '<rootDir>/scripts/totals.mjs'],
	// Jest reads it here only, not from a project. Generous: it is for what hangs, not for what is slow.
	testTimeout: 180_000,
	// Jest would take one worker on two cores; more than four only multiply the loading of n8n-core.
	maxWorkers: Math.max(2, Math.min(4, availableParallelism())),
	collectCoverage: false,
	collectCoverageFrom: ['nodes/**/*.ts', 'credentials/**/*.ts'],
	coverageDirectory: 'coverage',
};
