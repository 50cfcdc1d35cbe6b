import { join } from 'node:path';

/** What n8n loads in tests beside the package that ships. */
export const OTHER_PACKAGES: readonly string[] = [join(__dirname, 'acmeOnboarding')];
