// Where the owner signs in.

import { build, call, header, page, pause, replaceMain } from "./dom.js";

function field(id, type, name) {
  return build("label", { for: id }, name, build("input", { id, type, name: id, autocomplete: "off" }));
}

async function signIn(event) {
  event.preventDefault();
  const value = (id) => document.getElementById(id).value;
  const answer = await call("POST", "/practice/sign-in", { email: value("username"), password: value("password") });
  if (answer?.ok) return location.assign(new URLSearchParams(location.search).get("redirect") ?? "/");
  document.querySelector(".note").hidden = false;
  return undefined;
}

await pause(page.buildMs);
header(0);
replaceMain(build("form", { class: "group login", on: { submit: signIn } },
  build("h1", {}, "Sign in or create account"),
  build("p", { role: "alert", class: "note", hidden: true }, "That's not right."),
  field("username", "email", "Email or mobile phone"),
  field("password", "password", "Password"),
  build("button", { id: "login", class: "main", type: "submit" }, "Sign in")));
