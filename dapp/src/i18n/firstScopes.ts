/** Folders whose texts are on every page, fetched before it is shown: one file a language (vite.config.ts). A feature's texts come with its pages. */
export const FIRST_SCOPES = ['app', 'ui', 'chain', 'wallet'] as const
