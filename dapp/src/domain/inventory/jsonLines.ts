/** The line, from 1, on which each entry of a JSON list begins. For text that `JSON.parse` has taken as a list. */
export function linesOfEntries(json: string): readonly number[] {
  const lines: number[] = []
  let line = 1
  let depth = 0
  let inText = false
  /** Whether the next sign that is no space begins an entry of the outer list. */
  let expected = false
  for (let at = 0; at < json.length; at++) {
    const sign = json[at]
    if (sign === '\n') line += 1
    if (inText) {
      if (sign === '\\') at += 1
      else if (sign === '"') inText = false
      continue
    }
    if (expected && sign !== undefined && /[^\s\]]/.test(sign)) {
      lines.push(line)
      expected = false
    }
    if (sign === '"') inText = true
    else if (sign === '[' || sign === '{') expected = ++depth === 1
    else if (sign === ']' || sign === '}') depth -= 1
    else if (sign === ',' && depth === 1) expected = true
  }
  return lines
}
