// node record.cjs DATABASE WORKFLOW NODE fill|count ENTRIES: a node's record of sends in n8n's SQLite database, from
// outside of n8n; only while no execution runs. In a process of its own, for the module is compiled for n8n's Node.
//   fill   gives a node that has no record one of so many entries, as of earlier sends to other people
//   count  prints how many entries the record has, and how many of them are not from that
const { createHash } = require('node:crypto');
const { createRequire } = require('node:module');
const path = require('node:path');

const e2e = path.join(__dirname, '..', 'test', 'e2e', 'package.json');
const { Database, OPEN_READWRITE } = createRequire(e2e)('sqlite3');

/** n8n writes now and then of its own accord. */
const BUSY_MS = 10_000;

const [file, workflowId, nodeId, command, entries] = process.argv.slice(2);
const key = [workflowId, `n:${nodeId}`];
// As n8n writes down a value that it has seen.
const earlier = Array.from({ length: Number(entries) }, (_, index) =>
	createHash('md5').update(`earlier ${index}`).digest('base64'),
);

const db = new Database(file, OPEN_READWRITE);
db.configure('busyTimeout', BUSY_MS);

function done(error) {
	if (error) {
		console.error(error);
		process.exitCode = 1;
	}
	db.close();
}

if (command === 'fill') {
	const value = JSON.stringify({ mode: 'entries', data: earlier });
	db.run(
		'INSERT INTO processed_data (workflowId, context, value) VALUES (?, ?, ?)',
		[...key, value],
		done,
	);
} else {
	const query = 'SELECT value FROM processed_data WHERE workflowId = ? AND context = ?';
	db.get(query, key, (error, row) => {
		const { data } = JSON.parse(row?.value ?? '{"data":[]}');
		const known = new Set(earlier);
		const own = data.filter((one) => !known.has(one)).length;
		process.stdout.write(JSON.stringify({ all: data.length, own }));
		done(error);
	});
}
