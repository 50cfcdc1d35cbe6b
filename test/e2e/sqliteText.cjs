// node sqliteText.cjs FILE: every value in a database, to stdout. SQLite splits a long value over pages, where a search
// of the file's bytes would miss what lies on a border.
const { createRequire } = require('node:module');
const path = require('node:path');

const { Database, OPEN_READONLY } = createRequire(path.join(__dirname, 'package.json'))('sqlite3');

const db = new Database(process.argv[2], OPEN_READONLY);
const all = (sql) =>
	new Promise((resolve, reject) => {
		db.all(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
	});

async function main() {
	for (const { name } of await all("SELECT name FROM sqlite_master WHERE type = 'table'")) {
		for (const row of await all(`SELECT * FROM "${name}"`)) {
			const values = Object.values(row).filter((value) => value !== null);
			for (const value of values) {
				process.stdout.write(Buffer.isBuffer(value) ? value : String(value));
				process.stdout.write('\n');
			}
		}
	}
}

main().catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
