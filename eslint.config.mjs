import { readdirSync } from 'node:fs';
import js from '@eslint/js';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { defineConfig, globalIgnores } from 'eslint/config';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const community = n8nCommunityNodesPlugin.configs.recommended;
const shipped = ['nodes/**/*.ts', 'credentials/**/*.ts'];
const scripts = ['**/*.{js,mjs,cjs}'];

// Whatever this Node knows as a global; saves a package that only lists names.
const nodeGlobals = Object.fromEntries(
	[
		...Object.getOwnPropertyNames(globalThis),
		'require',
		'module',
		'exports',
		'__dirname',
		'__filename',
	].map((name) => [name, 'readonly']),
);

/** The rooms of nodes/shared, and what each may know; a service may know them all. */
const rooms = {
	core: [],
	http: ['core'],
	invitation: ['core', 'http'],
	node: ['core', 'http', 'invitation'],
	operations: ['core', 'http', 'invitation', 'node'],
	resend: ['core', 'http', 'invitation', 'node'],
	trigger: ['core', 'http', 'invitation', 'node'],
};

const services = readdirSync(new URL('nodes', import.meta.url)).filter((name) => name !== 'shared');

const walls = [
	...Object.entries(rooms).map(([room, known]) => ({
		target: `./nodes/shared/${room}`,
		from: './nodes',
		except: [room, ...known].map((name) => `./shared/${name}`),
		message: `The room ${room} may know ${known.join(', ') || 'no other room'}, and no service.`,
	})),
	...services.map((service) => ({
		target: `./nodes/${service}`,
		from: './nodes',
		except: ['./shared', `./${service}`],
		message: 'A service knows no other service.',
	})),
	{
		target: './credentials',
		from: ['./nodes/*/!(environments).ts', './nodes/shared/!(core|http)/**/*.ts'],
		message: 'A credential may know core and http, and the environments of its service.',
	},
	{ target: './nodes', from: './credentials' },
];

export default defineConfig(
	globalIgnores([
		'**/node_modules/',
		'dist/',
		'build/',
		'coverage/',
		'reports/',
		'.stryker-tmp/',
		'.n8n-local/',
		'test/e2e/output/',
	]),

	// The reviewer's scanner ignores comments that switch a rule off; so does this.
	{ linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' } },

	{
		files: ['**/*.ts', ...scripts],
		extends: [js.configs.recommended, importX.flatConfigs.recommended],
		settings: {
			// What packages export the compiler knows already; parsing them here took half a minute.
			'import-x/ignore': ['node_modules'],
			'import-x/resolver-next': [
				createNodeResolver({ extensions: ['.ts', '.mjs', '.cjs', '.js', '.json', '.node'] }),
			],
		},
		rules: {
			// Both complain about `import axios from 'axios'; axios.get(…)` and the like, which is how those packages are meant.
			'import-x/no-named-as-default': 'off',
			'import-x/no-named-as-default-member': 'off',
		},
	},
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.recommended, importX.flatConfigs.typescript],
		rules: {
			'@typescript-eslint/no-explicit-any': 'error',
			// `typeof import('…')` is the one way to type a module that is loaded on demand.
			'@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', caughtErrors: 'all' },
			],
		},
	},
	{ files: scripts, languageOptions: { globals: nodeGlobals } },
	{ files: ['**/*.{js,cjs}'], languageOptions: { sourceType: 'commonjs' } },

	// What ships: n8n's own rules, in the strict form that n8n Cloud asks for.
	{
		files: shipped,
		extends: [community],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		rules: {
			'no-console': 'error',
			'prefer-spread': 'off',
			'import-x/no-restricted-paths': ['error', { zones: walls }],
		},
	},
	{
		files: ['package.json'],
		extends: [community],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		rules: n8nNodesBase.configs.community.rules,
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { extraFileExtensions: ['.json'] },
		},
	},
	// The five rules switched off below are off in n8n's own configuration too.
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.credentials.rules,
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
			'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.nodes.rules,
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
		},
	},
);
