export function make(kind, className, words) {
  const element = document.createElement(kind)
  if (className) element.className = className
  if (words !== undefined) element.textContent = words
  return element
}
