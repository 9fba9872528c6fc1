/**
 * Whether the page stands inside a frame of another page, which could lay something over its buttons. Nothing is signed there. A server that sends
 * `frame-ancestors 'none'` keeps it from being shown at all; a plain static host cannot.
 */
export const FRAMED: boolean = window.self !== window.top
