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

const project = (name, testTimeout) => ({
	...shared,
	displayName: name,
	// Keeps Jest from walking through test/e2e, where a whole n8n may be installed.
	roots: [`<rootDir>/test/${name}`, '<rootDir>/nodes', '<rootDir>/credentials'],
	testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
	testTimeout,
});

export default {
	projects: [
		project('unit', 20_000),
		project('engine', 20_000),
		project('contract', 20_000),
		{
			// Lints and loads the whole package, which is built and packed once beforehand.
			...project('package', 180_000),
			globalSetup: '<rootDir>/test/package/support/pack.mjs',
			globalTeardown: '<rootDir>/test/package/support/cleanUp.mjs',
		},
	],
	// Jest would take one worker on two cores; more than four only multiply the loading of n8n-core.
	maxWorkers: Math.max(2, Math.min(4, availableParallelism())),
	collectCoverage: false,
	collectCoverageFrom: ['nodes/**/*.ts', 'credentials/**/*.ts'],
	coverageDirectory: 'coverage',
};
