import { rmSync } from 'node:fs';

export default function () {
	const { folder } = JSON.parse(process.env.PACKED_PACKAGE ?? '{}');
	if (folder) rmSync(folder, { recursive: true, force: true });
}
