// The only place where this page creates elements. Text is always a text node and never markup, whatever a name or a
// message contains.

export const byId = id => document.getElementById(id);

/**
 * Creates an element. `settings` are attributes. A function under "onX" listens to X. null and false omit the
 * attribute.
 */
export function make(tag, settings = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }

    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }

  element.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const svg = 'http://www.w3.org/2000/svg';

/** One of the icons that index.html defines. */
export function icon(name) {
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('class', 'icon');
  image.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `#icon-${name}`);
  image.append(use);
  return image;
}

const alike = (one, other) => one.nodeName === other.nodeName && one.dataset?.key === other.dataset?.key;

/**
 * Makes an element look like another one of its kind, and keeps what both have in common. A button that is being
 * pressed stays the same button, so its click counts; the focus also stays. Children are matched by "data-key". A
 * listener on a child stays, so it may depend on nothing but the key.
 */
function become(element, wanted) {
  for (const name of element.getAttributeNames().filter(one => !wanted.hasAttribute(one))) {
    element.removeAttribute(name);
  }

  for (const name of wanted.getAttributeNames().filter(one => element.getAttribute(one) !== wanted.getAttribute(one))) {
    element.setAttribute(name, wanted.getAttribute(name));
  }

  becomeAll(element, [...wanted.childNodes]);
}

/** Does the same to the children of an element. */
export function becomeAll(element, wanted) {
  const left = [...element.childNodes];
  const children = wanted.map(child => {
    const index = left.findIndex(one => alike(one, child));
    if (index < 0) {
      return child;
    }

    const [kept] = left.splice(index, 1);
    if (kept.nodeType === Node.ELEMENT_NODE) {
      become(kept, child);
    } else if (kept.data !== child.data) {
      kept.data = child.data;
    }

    return kept;
  });
  left.forEach(one => one.remove());
  // Elements that stay are not moved to make room for new ones, because an element that is moved loses the focus.
  children.forEach((child, place) => {
    if (element.childNodes[place] !== child) {
      element.insertBefore(child, element.childNodes[place] ?? null);
    }
  });
}

/**
 * Each server has a colour, the same in every window. css/base.css names six colours, and neighbouring ports differ.
 */
export const hueOf = server => String(Number(server) % 6);

/** A server's name in its colour. */
export const serverChip = (server, extra = '') => make('span', { class: `chip ${extra}`, 'data-hue': hueOf(server) }, server);

/** The first letter of a name, for a round picture. */
export const initial = name => [...name.trim()][0]?.toLocaleUpperCase() ?? '?';
