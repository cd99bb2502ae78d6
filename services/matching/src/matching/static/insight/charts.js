"use strict";
// Draws each figure's chart from the figure's own table: both say the same, and without this script the table remains.
(() => {
  const ROW = 18; // pixels of one bar with its gap
  const BESIDE = 34; // signs of a name that have room beside its bars
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 40rem)");
  let charts = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const short = (text, most) => {
    const signs = [...text.slice(0, 2 * most)];
    return signs.length > most ? `${signs.slice(0, most - 1).join("").trimEnd()}…` : text;
  };
  const lines = (text) => short(text, 200).match(/.{1,34}(\s|$)|.{1,34}/gu) || [text];

  // A list of what the colours stand for, above the plot. It is for the eyes only: the table has the same as its heads.
  function legend(canvas, entries) {
    const list = document.createElement("ul");
    list.className = "legend";
    list.setAttribute("aria-hidden", "true");
    list.append(...entries.map(([name, mark]) => {
      const entry = document.createElement("li");
      entry.className = mark;
      entry.textContent = name;
      return entry;
    }));
    canvas.parentElement.before(list);
  }

  // The table: labels of its first column, and of each drawn column its head, numbers (null: fewer than 3) and texts.
  function read(figure) {
    const heads = [...figure.querySelectorAll("thead th")];
    const rows = [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells]);
    const drawn = heads.flatMap((head, column) => (head.hasAttribute("data-drawn") ? [column] : []));
    const number = (cell) => (cell.querySelector("data") ? Number(cell.querySelector("data").value) : null);
    return {
      heads: heads.map((head) => head.textContent.trim()),
      rows: rows.map((cells) => cells.map((cell) => cell.textContent.trim())),
      series: drawn.map((column) => ({
        name: heads[column].textContent.trim(),
        values: rows.map((cells) => number(cells[column])),
        texts: rows.map((cells) => cells[column].textContent.trim()),
      })),
    };
  }

  // Writes what the table says at the end of each bar, or into each cell.
  const written = {
    id: "written",
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.font = `12px ${Chart.defaults.font.family}`;
      ctx.textBaseline = "middle";
      chart.data.datasets.forEach((dataset, index) => {
        chart.getDatasetMeta(index).data.forEach((element, row) => {
          const cell = chart.config.type === "matrix";
          const end = element.x || chart.scales.x.getPixelForValue(0); // what is not drawn is written where it would begin
          const { x, y } = cell ? element.getCenterPoint() : { x: end + 5, y: element.y };
          ctx.fillStyle = colour("ink");
          ctx.textAlign = cell ? "center" : "left";
          ctx.fillText(dataset.texts[row], x, y);
        });
      });
      ctx.restore();
    },
  };

  function shared(titles, texts) {
    return {
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            title: (items) => lines(titles[items[0].dataIndex]),
            label: (item) => texts(item),
          },
        },
      },
    };
  }

  function bars(figure, canvas) {
    const table = read(figure);
    const count = Math.min(table.rows.length, Number(figure.dataset.top));
    const titles = table.rows.slice(0, count).map((cells) => cells[0]);
    const above = narrow.matches || titles.some((title) => title.length > BESIDE); // where there is no room beside the bars
    const colours = table.series.length === 3 ? ["first", "second", "third"] : ["second", "third"];
    table.series.forEach((series, index) => { series.colour = colours[index]; });
    // What nobody came to yet need not be drawn.
    const drawn = table.series.filter((series) => series.texts.slice(0, count).some((text) => text !== "0"));
    const all = drawn.length ? drawn : table.series.slice(0, 1);
    const band = all.length * ROW + (above ? 28 : 16);
    // Chart.js keeps half of a label free above the first row and below the last.
    canvas.parentElement.style.height = `${count * band + (above ? 16 : 32)}px`;
    if (table.series.length > 1) legend(canvas, all.map((series) => [series.name, series.colour]));
    const options = shared(titles, (item) => `${item.dataset.label}: ${item.dataset.texts[item.dataIndex]}`);
    options.indexAxis = "y";
    options.layout = { padding: { right: 44 } };
    const room = Math.floor(canvas.parentElement.clientWidth / 7.2);
    options.scales = {
      x: { beginAtZero: true, display: false },
      y: {
        grid: { display: false },
        border: { display: false },
        afterFit: (scale) => { if (above) scale.width = 0; },
        ticks: {
          autoSkip: false,
          color: colour("ink"),
          mirror: above,
          padding: above ? 0 : 8,
          labelOffset: above ? -(all.length * ROW) / 2 - 8 : 0,
          callback: (_, index) => short(titles[index], above ? room : BESIDE),
        },
      },
    };
    return new Chart(canvas, {
      type: "bar",
      plugins: [written],
      options,
      data: {
        labels: titles,
        datasets: all.map((series) => ({
          label: series.name,
          data: series.values.slice(0, count),
          texts: series.texts.slice(0, count),
          backgroundColor: colour(series.colour),
          borderRadius: 2,
          barPercentage: 0.86,
          categoryPercentage: (all.length * ROW) / band,
        })),
      },
    });
  }

  function matrix(figure, canvas) {
    const { rows, heads, series: [people] } = read(figure);
    const largest = (column) => {
      const sums = new Map();
      rows.forEach((cells, row) => sums.set(cells[column], (sums.get(cells[column]) || 0) + (people.values[row] ?? 1)));
      return [...sums.keys()].sort((one, other) => sums.get(other) - sums.get(one)).slice(0, narrow.matches ? 5 : 8);
    };
    const [attendees, listings] = [largest(0), largest(1)];
    const cells = rows.flatMap(([y, x], row) =>
      attendees.includes(y) && listings.includes(x) ? [{ x, y, v: people.values[row], text: people.texts[row] }] : []);
    const most = Math.max(1, ...cells.map((cell) => cell.v ?? 1));
    const own = ({ x, y }) => x === y;
    const brand = colour("brand").match(/[\da-f]{2}/gi).map((part) => parseInt(part, 16)).join(" ");
    const heat = cells.map((cell) => 0.06 + 0.46 * Math.sqrt((cell.v ?? 1) / most)); // light enough for ink
    canvas.parentElement.style.height = `${attendees.length * 44 + 120}px`;
    const titles = cells.map((cell) => `${cell.y} – ${cell.x}`);
    const options = shared(titles, (item) => `${people.name}: ${cells[item.dataIndex].text}`);
    const axis = (title, labels) => ({
      type: "category",
      labels,
      offset: true,
      grid: { display: false },
      border: { display: false },
      title: { display: true, text: title, color: colour("soft") },
      ticks: { autoSkip: false, color: colour("ink"), callback: (_, index) => short(labels[index], 22).split(" ") },
    });
    options.scales = { x: axis(heads[1], listings), y: { ...axis(heads[0], attendees), reverse: false } };
    const upright = narrow.matches && listings.length > 3 ? 90 : 0;
    Object.assign(options.scales.x.ticks, { minRotation: upright, maxRotation: upright });
    if (cells.some(own)) legend(canvas, [[figure.dataset.own, "own"]]);
    return new Chart(canvas, {
      type: "matrix",
      plugins: [written],
      options,
      data: {
        datasets: [{
          label: people.name,
          data: cells,
          texts: cells.map((cell) => cell.text),
          backgroundColor: heat.map((alpha) => `rgb(${brand} / ${alpha})`),
          borderColor: colour("ink"),
          borderWidth: cells.map((cell) => (own(cell) ? 1.5 : 0)),
          width: ({ chart }) => (chart.chartArea || {}).width / listings.length - 3,
          height: ({ chart }) => (chart.chartArea || {}).height / attendees.length - 3,
        }],
      },
    });
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    document.querySelectorAll(".legend").forEach((list) => list.remove());
    Chart.defaults.color = colour("soft");
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 13;
    charts = [...document.querySelectorAll("figure.chart")].map((figure) => {
      const plot = figure.querySelector(".plot");
      plot.hidden = false;
      const canvas = plot.querySelector("canvas");
      return figure.dataset.chart === "matrix" ? matrix(figure, canvas) : bars(figure, canvas);
    });
  }

  draw();
  dark.addEventListener("change", draw);
  narrow.addEventListener("change", draw);
})();
