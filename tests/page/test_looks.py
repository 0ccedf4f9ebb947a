"""What everyone can read: both colour schemes, narrow windows, screen readers, formulas, hostile texts."""

from harness import ROOT, PageTest
from playwright.sync_api import expect

TEX = [
    {
        "id": "tex",
        "title": r"Bounds of order $O(n^2)$ for tensor networks",
        "abstract": r"We show $\Delta_{m} \leq \frac{1}{2}$ and \(x_1\), where $\method{a}$ is ours. It costs from $5 to $10 a day. "
        r"A broken $\frac{1$ stays. The rate is 1.3$\times$ that of others.",
        "year": 2021,
    },
    {"id": "no-tex", "title": "Money", "abstract": "From $5 to $10, and nothing else about tensor networks.", "year": 2022},
]

SCRIPTS = [
    "window.pwned=1",
    "window['pwned']=1",
    "self.pwned=`1`",
    "eval('pwned=1')",
    "top.pwned=1",
    "setTimeout('pwned=1')",
    "&#119;indow.pwned=1",
    "w\\u0069ndow.pwned=1",
    "Function('pwned=1')()",
    "/**/window.pwned=1//",
    "globalThis['pw'+'ned']=1",
    "document.defaultView.pwned=1",
    "Object.assign(window,{pwned:1})",
    "Reflect.set(window,'pwned',1)",
    "frames.pwned=1",
]
FORMS = [
    "<script>{}</script>",
    "<img src=x onerror={}>",
    '"><svg onload={}>',
    "'><body onload={}>",
    '<a href="javascript:{}">x</a>',
    "</title><script>{}</script>",
    "</mark></b></span><script>{}</script>",
    '" autofocus onfocus={} x="',
    "' onmouseover='{}",
    '<iframe srcdoc="<script>{}</script>"></iframe>',
    "<math><mtext></p><script>{}</script>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "<!--<script>{}--></script>",
    "<details open ontoggle={}>",
    "$\\href{javascript:{}}{x_1}$",
    "$\\htmlData{a=b}{\\url{javascript:{}}}$",
    "$\\includegraphics{{}}$",
    "<base href=//evil.example/><script>{}</script>",
    "<object data='javascript:{}'></object>",
    "javascript:{}",
]


class Looks(PageTest):
    papers = [ROOT / "data/demo_papers.jsonl", TEX]

    def test_axe_finds_nothing_in_either_scheme(self):
        for scheme in ["light", "dark"]:
            for path in ["/", "/?q=retrieval", "/?q=retrieval&year=2024&explain=1", "/?q=retrieval&year=1890", "/?q=a&year=abc",
                         "/papers/tex", "/papers/nothing-here"]:
                with self.subTest(scheme=scheme, path=path):
                    page = self.open(path, color_scheme=scheme)
                    page.wait_for_load_state("networkidle")
                    self.assert_accessible(page)

    def test_axe_finds_nothing_in_a_narrow_window_or_in_the_list(self):
        for scheme in ["light", "dark"]:
            page = self.open("/?q=retrieval", color_scheme=scheme, viewport={"width": 360, "height": 740})
            self.assert_accessible(page)
            page.locator(".card").first.get_by_role("button", name="Save").click()
            page.get_by_role("button", name="Reading list").click()
            self.assert_accessible(page)

    def test_nothing_is_wider_than_a_narrow_window(self):
        for path in ["/", "/?q=retrieval", "/papers/tex", "/?q=retrieval&year=1890"]:
            page = self.open(path, viewport={"width": 320, "height": 640})
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 320, path)

    def test_formulas_are_set_and_what_is_none_stays(self):
        page = self.open("/papers/tex")
        page.locator(".alone .abstract .katex").first.wait_for()
        text = page.locator(".alone .abstract").inner_text()
        self.assertIn("from $5 to $10 a day", text)
        self.assertIn(r"\method", text)
        self.assertIn(r"$\frac{1$ stays", text)
        self.assertNotIn(r"\Delta", page.locator(".alone .abstract .katex-html").first.inner_text())
        self.assertEqual(page.locator(".alone h1 .katex").count(), 1)
        # Readers of a screen get MathML.
        self.assertGreater(page.locator(".alone .abstract math").count(), 2)
        self.assertTrue(page.evaluate("document.fonts.check('16px KaTeX_Math')"))

    def test_formulas_are_set_in_answers_too(self):
        page = self.open("/")
        page.locator("#q").fill("bounds for tensor networks")
        page.locator(".card .katex").first.wait_for()
        # Marks come later, and formulas are set again.
        page.locator(".card mark").first.wait_for()
        expect(page.locator(".card .tex:not(.is-set)", has_text="Delta")).to_have_count(0)


class Hostile(PageTest):
    texts = [form.replace("{}", script) for script in SCRIPTS for form in FORMS]
    papers = [
        [
            {
                "id": f"h{at} {text}",
                "title": f"Tides {text}",
                "abstract": f"The sea {text} moves. {text}",
                "authors": [text, "Ada"],
                "venue": text,
                "organization": text,
                "keywords": [text],
                "year": 2000 + at % 20,
                "url": text if at % 2 else f"https://a.example/{text}",
            }
            for at, text in enumerate(texts)
        ]
    ]

    def test_texts_of_papers_run_nothing(self):
        page = self.open("/?q=tides+sea&explain=1")
        for offset in range(0, len(self.texts), 20):
            page.goto(f"{self.server.url}/?q=tides+sea&explain=1&offset={offset}")
            page.wait_for_load_state("networkidle")
            self.assertIsNone(page.evaluate("window.pwned ?? null"))
        page.goto(self.server.url + "/?q=tides")
        page.locator(".card .open").first.click()
        page.wait_for_load_state("networkidle")
        self.assertIsNone(page.evaluate("window.pwned ?? null"))
        self.assertEqual(page.locator('a[href^="javascript:"]').count(), 0)

    def test_questions_run_nothing(self):
        page = self.open("/")
        for text in self.texts[: len(FORMS)]:
            page.locator("#q").fill(text)
            page.keyboard.press("Enter")
            page.wait_for_load_state("networkidle")
            self.assertIsNone(page.evaluate("window.pwned ?? null"))
        self.assertEqual(page.evaluate("document.scripts.length") <= 2, True)
