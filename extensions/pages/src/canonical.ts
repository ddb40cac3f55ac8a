/** Canonical JSON, RFC 8785: the one encoding that everybody signs. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Names are ordered by their UTF-16 code units, as JavaScript sorts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const fields = Object.keys(value).sort();
    return `{${fields.map(name => `${JSON.stringify(name)}:${canonical(value[name]!)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
