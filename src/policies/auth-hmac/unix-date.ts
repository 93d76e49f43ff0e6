const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DATE = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([ \d]?\d) (\d\d):(\d\d):(\d\d) (?:UTC|GMT) (\d{4})$/

/** Go's `time.UnixDate` in UTC, its day padded with a space: `Tue Jul  3 04:30:50 UTC 2021`. */
export function formatUnixDate(ms: number): string {
  const date = new Date(ms)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = String(date.getUTCDate()).padStart(2)
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} UTC ${year}`
}

/**
 * Milliseconds since the epoch, or undefined when it is no such date. A zone other than UTC has no offset that all
 * machines agree on (Go reads an unknown one as UTC), so it is refused. As in Go, the weekday is not compared.
 */
export function parseUnixDate(text: string): number | undefined {
  const [, weekday = '', monthName = '', ...numbers] = DATE.exec(text) ?? []
  const month = MONTHS.indexOf(monthName)
  if (!DAYS.includes(weekday) || month < 0) return undefined
  const [day = 0, hours = 0, minutes = 0, seconds = 0, year = 0] = numbers.map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  date.setUTCHours(hours, minutes, seconds)
  const isReal = date.getUTCDate() === day && hours < 24 && minutes < 60 && seconds < 60
  return isReal ? date.getTime() : undefined
}
