// Renders openapi.json: every part of the text comes from the document and is set as text.

const METHODS = ["get", "post", "patch", "delete"];

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function slug(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** Writes a schema the way an answer would look, following references but no circles. */
function shape(schema, schemas, indent = "", seen = []) {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return seen.includes(name) ? name : shape(schemas[name], schemas, indent, [...seen, name]);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((one) => shape(one, schemas, indent, seen)).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `[${shape(schema.items ?? {}, schemas, indent, seen)}, …]`;
  if (schema.properties) return members(schema, schemas, indent, seen);
  const note = bounds(schema);
  return (schema.title ?? schema.type ?? "any") + (note ? ` (${note})` : "");
}

function members(schema, schemas, indent, seen) {
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const mark = schema.required?.includes(name) ? "" : "?";
    return `${inner}${name}${mark}: ${shape(property, schemas, inner, seen)}`;
  });
  return lines.length ? `{\n${lines.join(",\n")}\n${indent}}` : "{}";
}

function bounds(schema) {
  const parts = [];
  if (schema.minimum !== undefined) parts.push(`≥ ${schema.minimum}`);
  if (schema.maximum !== undefined) parts.push(`≤ ${schema.maximum}`);
  if (schema.maxLength !== undefined) parts.push(`≤ ${schema.maxLength} characters`);
  if (schema.pattern) parts.push(schema.pattern);
  if (schema.description && !schema.title) parts.push(schema.description);
  return parts.join(", ");
}

function parameters(list, schemas) {
  if (!list.length) return [];
  const rows = list.map((one) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", {}, one.name)),
      element("td", {}, one.in + (one.required ? ", required" : "")),
      element("td", {}, shape(one.schema, schemas)),
    ),
  );
  const head = ["Name", "Where", "What"].map((text) => element("th", { scope: "col" }, text));
  return [element("h4", {}, "Parameters"), element("table", {}, element("tr", {}, ...head), ...rows)];
}

function content(holder, schemas) {
  return Object.entries(holder?.content ?? {}).map(([type, { schema }]) =>
    element("pre", { tabindex: "0" }, schema ? shape(schema, schemas) : type),
  );
}

function answers(responses, schemas) {
  const nodes = [element("h4", {}, "Answers")];
  for (const [status, response] of Object.entries(responses)) {
    nodes.push(element("p", {}, element("code", {}, status), ` ${response.description}`));
    if (status.startsWith("2")) nodes.push(...content(response, schemas));
  }
  return nodes;
}

function operation(path, method, call, schemas) {
  const lock = call.security ? element("span", { class: "lock" }, "signed in") : "";
  const summary = element(
    "summary",
    {},
    element("span", { class: `method ${method}` }, method.toUpperCase()),
    element("code", {}, path),
    lock,
    element("span", { class: "summary" }, call.summary),
  );
  const body = call.requestBody
    ? [element("h4", {}, "Body"), ...content(call.requestBody, schemas)]
    : [];
  const inside = element(
    "div",
    { class: "call" },
    ...parameters(call.parameters ?? [], schemas),
    ...body,
    ...answers(call.responses, schemas),
  );
  const words = `${method} ${path} ${call.summary} ${call.operationId}`.toLowerCase();
  return element("details", { id: call.operationId, "data-words": words }, summary, inside);
}

function render(doc) {
  const schemas = doc.components.schemas;
  document.querySelector("#version").textContent = doc.info.version;
  document.querySelector("#description").textContent = doc.info.description;
  const main = document.querySelector("main");
  const parts = document.querySelector("#parts");
  main.replaceChildren();
  for (const { name } of doc.tags) {
    const section = element("section", {}, element("h2", { id: slug(name) }, name));
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const method of METHODS) {
        const call = item[method];
        if (call?.tags.includes(name)) section.append(operation(path, method, call, schemas));
      }
    }
    main.append(section);
    parts.append(element("a", { href: `#${slug(name)}` }, name));
  }
  openNamed();
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("section")) {
    let shown = 0;
    for (const call of section.querySelectorAll("details")) {
      call.hidden = !words.every((word) => call.dataset.words.includes(word));
      shown += call.hidden ? 0 : 1;
    }
    section.hidden = shown === 0;
  }
}

document.querySelector("#find").addEventListener("input", (event) => find(event.target.value));
window.addEventListener("hashchange", openNamed);

try {
  const answer = await fetch("/v1/openapi.json");
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  render(await answer.json());
} catch (error) {
  document.querySelector("#state").textContent = `The document could not be read: ${error.message}`;
}
