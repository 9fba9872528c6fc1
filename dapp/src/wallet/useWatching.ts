import { useLocation, watchedAt } from '../app/router'

/** Whether the page's address names an account to watch (`?as=`, whatever it says): nothing is written then, whoever is connected. */
export function useWatching(): boolean {
  return watchedAt(useLocation()) !== null
}
