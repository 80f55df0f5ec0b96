/** Where `coord init` puts our hooks of this client: below the repository, and below the person's home folder. */
export const hooksFile = '.github/hooks/coordlog.json'
export const userHooksFile = '.copilot/hooks/coordlog.json'
