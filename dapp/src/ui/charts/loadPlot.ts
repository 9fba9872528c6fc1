/** Fetches what draws charts, once: a page that will show one can ask for it while its data is still on the way. */
export const loadPlot = () => import('./Plot')
