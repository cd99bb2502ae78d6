// Ranking by dragging. Everything works without this file, by the buttons of each row.
"use strict";

(() => {
  let dragged = null;
  let next = null;
  let dropped = false;
  const tied = (row) => row?.querySelector("[name=tied]");

  // Whoever is dropped between two who share a rank shares it; anybody else gets a rank of their own.
  const rankAnew = () => {
    const box = tied(dragged);
    if (!box) return;
    if (next && !box.checked) tied(next).checked = false;
    box.checked = tied(dragged.nextElementSibling)?.checked ?? false;
  };
  const rowOf = (event) => event.target.closest?.("[data-ranking] > li");

  for (const row of document.querySelectorAll("[data-ranking] > li")) row.draggable = true;
  document.addEventListener("dragstart", (event) => {
    dragged = rowOf(event);
    if (!dragged) return;
    next = dragged.nextElementSibling;
    dropped = false;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    if (!dragged || event.target.closest?.("[data-ranking]") !== dragged.parentElement) return;
    event.preventDefault();
    const over = rowOf(event);
    if (!over || over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    over.parentElement.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
  });
  document.addEventListener("drop", (event) => {
    if (!dragged || event.target.closest?.("[data-ranking]") !== dragged.parentElement) return;
    event.preventDefault();
    dropped = true;
    if (next === dragged.nextElementSibling) return;
    rankAnew();
    dragged.closest("form").requestSubmit();
  });
  document.addEventListener("dragend", () => {
    if (dragged && !dropped) dragged.parentElement.insertBefore(dragged, next); // Escape, or let go somewhere else
    dragged = null;
  });
})();
