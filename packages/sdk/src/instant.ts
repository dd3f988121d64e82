// V8's `toISOString` and `toUTCString` look the time zone's name up for it: that brings megabytes of ICU's data into
// memory, which a server needs for nothing else.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A moment in ISO 8601, of milliseconds since 1970: `2026-01-31T09:00:00.000Z`. */
export function formatInstant(ms: number): string {
  const at = new Date(ms);
  const day = `${padded(at.getUTCFullYear(), 4)}-${padded(at.getUTCMonth() + 1, 2)}-${padded(at.getUTCDate(), 2)}`;
  return `${day}T${timeOf(at)}.${padded(at.getUTCMilliseconds(), 3)}Z`;
}

/** A moment as HTTP's `Date` says it (RFC 9110, 5.6.7), of milliseconds since 1970: `Sat, 31 Jan 2026 09:00:00 GMT`. */
export function formatHttpDate(ms: number): string {
  const at = new Date(ms);
  const month = MONTHS[at.getUTCMonth()];
  return `${DAYS[at.getUTCDay()]}, ${padded(at.getUTCDate(), 2)} ${month} ${padded(at.getUTCFullYear(), 4)} ${timeOf(at)} GMT`;
}

function timeOf(at: Date): string {
  return `${padded(at.getUTCHours(), 2)}:${padded(at.getUTCMinutes(), 2)}:${padded(at.getUTCSeconds(), 2)}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
