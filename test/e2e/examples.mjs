// The example workflows, meant in earnest.
import path from 'node:path';
import { exampleWorkflows } from '../../scripts/n8n/seed.mjs';

/** Resend is no dry run. */
export const live = (workflow) => ({
	...workflow,
	nodes: workflow.nodes.map((node) =>
		node.name === 'Resend' ? { ...node, parameters: { ...node.parameters, dryRun: false } } : node,
	),
});

/** A package's own example with Get Many and Resend at one service. */
export function listAndResend(packageDir, provider) {
	const own = exampleWorkflows(path.join(packageDir, 'workflows')).find(
		({ file, nodes }) =>
			file.endsWith('-open-and-resend.json') &&
			nodes.some(({ type }) => type.endsWith(`.${provider}`)),
	);
	return { ...live(own), name: `${own.name} (${path.basename(packageDir)})` };
}
