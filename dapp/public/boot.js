// @ts-check
/*
 * What has to be known before the first paint, and so before the page's code has come: its language and its colours.
 *
 * The language is the one in the address (`#/fleets?lang=fr`), else the one chosen here before, else the first of the browser's that the page has, else English.
 * The pseudo-locale is only ever asked for by address. The colours are those chosen here before; without a choice they follow the machine.
 */
{
  /** @param {string} key */
  const kept = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      // The browser keeps nothing for this page.
      return null
    }
  }
  const asked = new URLSearchParams(location.hash.split('?').slice(1).join('?')).get('lang')
  const browsers = navigator.languages.map((tag) => tag.toLowerCase().split('-')[0])
  const root = document.documentElement
  root.lang = asked === 'en-XA' ? asked : ([asked, kept('wellhead.locale'), ...browsers].find((each) => each === 'en' || each === 'fr') ?? 'en')
  const theme = kept('wellhead.theme')
  if (theme === 'light' || theme === 'dark') root.dataset['theme'] = theme
}
