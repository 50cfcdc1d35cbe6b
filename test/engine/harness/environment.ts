import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

// n8n-core reads these while it is being loaded. A user folder apart leaves the developer's own ~/.n8n alone.
const encryptionKey = 'only-for-tests';
const userFolder = join(tmpdir(), `n8n-invitations-engine-${userInfo().username}`);

process.env.N8N_USER_FOLDER = userFolder;
process.env.N8N_ENCRYPTION_KEY = encryptionKey;
process.env.N8N_LOG_LEVEL ??= 'silent';

// At its first execution n8n-core writes its settings unless they are there. Several test workers start at once, so they
// are put there in one step before that.
const folder = join(userFolder, '.n8n');
const unfinished = join(folder, `config.${process.pid}`);
mkdirSync(folder, { recursive: true });
writeFileSync(unfinished, JSON.stringify({ encryptionKey }), { mode: 0o600 });
renameSync(unfinished, join(folder, 'config'));
