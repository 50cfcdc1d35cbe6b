import type { KnownHosts } from '../shared/http/baseUrl';

/** The one published host; the first part of the path names the service below it. */
export const WORTH_AI_HOSTS: KnownHosts = { production: 'https://api.joinworth.com' };

export const WORTH_AI_AUTH_PATH = '/auth/api/v1';
