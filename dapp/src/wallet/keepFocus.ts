/** Puts the focus on the title of the dialog around an element where the dialog has lost it: a focused button that goes leaves it to nobody. */
export function keepFocus(inside: Element | null): void {
  const dialog = inside?.closest('dialog') ?? null
  if (dialog === null || dialog.contains(dialog.ownerDocument.activeElement)) return
  dialog.querySelector<HTMLElement>('h2')?.focus()
}
