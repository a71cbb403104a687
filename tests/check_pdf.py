"""Checks a tagged PDF by the conditions of the Matterhorn Protocol 1.1 that a program can decide, and by what PDF/A-3 asks of attached files.

    check_pdf.py FILE

Names each condition that fails, one a line, and exits with 1. It reads the file with pypdf and knows nothing of what wrote it. It is no
replacement of veraPDF or PAC: fonts are not looked into, colours are not, and what only people can judge is not.
"""

import re
import sys

from pypdf import PdfReader
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, IndirectObject

STANDARD = set(
    "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private H H1 H2 H3 H4 H5 H6 P L LI Lbl LBody Table TR TH TD "
    "THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form".split()
)
PARENTS = {
    "TR": ("09-004", {"Table", "THead", "TBody", "TFoot"}),
    "TH": ("09-004", {"TR"}),
    "TD": ("09-004", {"TR"}),
    "THead": ("09-004", {"Table"}),
    "TBody": ("09-004", {"Table"}),
    "TFoot": ("09-004", {"Table"}),
    "LI": ("09-005", {"L"}),
    "LBody": ("09-005", {"LI"}),
    "TOCI": ("09-006", {"TOC"}),
}
PAINTS = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh", b"Do", b"EI", b"INLINE IMAGE"}

TRUE, FALSE = BooleanObject(True), BooleanObject(False)

problems = []


def fails(condition, what):
    problems.append(f"{condition}: {what}")


def resolved(value):
    return value.get_object() if isinstance(value, IndirectObject) else value


def kids(element):
    inner = resolved(element.get("/K"))
    if inner is None:
        return []
    return [resolved(kid) for kid in inner] if isinstance(inner, ArrayObject) else [inner]


def check_document(reader):
    root = reader.trailer["/Root"]
    xmp = resolved(root["/Metadata"]).get_data().decode() if "/Metadata" in root else ""
    for condition, wanted in [("06-002", "pdfuaid:part>1<"), ("06-003", "dc:title"), ("A-3", "pdfaid:part>3<"), ("A-3", "pdfaid:conformance>A<")]:
        if wanted not in xmp:
            fails(condition, f"the metadata have no `{wanted}`")
    marks = resolved(root.get("/MarkInfo", {}))
    if marks.get("/Marked") != TRUE:
        fails("01-006", "the file is not marked as tagged")
    if marks.get("/Suspects", FALSE) != FALSE:
        fails("04-001", "tags are suspect")
    if resolved(root.get("/ViewerPreferences", {})).get("/DisplayDocTitle") != TRUE:
        fails("07-001", "viewers don't show the title")
    if not re.fullmatch(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]+)*", str(root.get("/Lang", ""))):
        fails("11-006", "no language")
    if reader.is_encrypted:
        fails("26-001", "encrypted")
    if "/Outlines" not in root:
        fails("29", "no outline")


def check_files(reader):
    root = reader.trailer["/Root"]
    names = resolved(resolved(root.get("/Names", {})).get("/EmbeddedFiles", {}))
    listed = {id(resolved(spec)) for spec in resolved(root.get("/AF", []))}
    count = 0
    leaves = [names]
    while leaves:
        leaf = resolved(leaves.pop())
        leaves.extend(leaf.get("/Kids", []))
        for spec in [resolved(it) for it in resolved(leaf.get("/Names", []))[1::2]]:
            count += 1
            name = spec.get("/UF")
            if not (spec.get("/F") and name and spec.get("/Desc")):
                fails("21-001", f"the attached file {name} has not all of its names")
            if spec.get("/AFRelationship") != "/Source" or id(spec) not in listed:
                fails("A-3", f"the attached file {name} is not associated with the document")
            if not resolved(resolved(spec["/EF"])["/F"]).get("/Subtype"):
                fails("A-3", f"the attached file {name} has no type")
    return count


def check_structure(reader):
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    roles = {str(name)[1:]: str(role)[1:] for name, role in resolved(tree.get("/RoleMap", {})).items()}
    headings, annotated, count = [], set(), {}

    def standard(name):
        seen = set()
        while name not in STANDARD and name in roles and name not in seen:
            seen.add(name)
            name = roles[name]
        if name not in STANDARD:
            fails("02-001", f"{name} is mapped to no standard type")
        return name

    def visit(element, above):
        for kid in kids(element):
            if not isinstance(kid, DictionaryObject):
                continue
            if kid.get("/Type") == "/OBJR":
                annotated.add((id(resolved(kid["/Obj"])), above))
                continue
            if "/S" not in kid:
                continue
            kind = standard(str(kid["/S"])[1:])
            count[kind] = count.get(kind, 0) + 1
            condition, parents = PARENTS.get(kind, (None, ()))
            if condition and above not in parents:
                fails(condition, f"{kind} in {above}")
            if re.fullmatch("H[1-6]", kind):
                headings.append(int(kind[1]))
            if kind in ("Figure", "Formula") and not (kid.get("/Alt") or kid.get("/ActualText")):
                fails("13-004", f"{kind} without words")
            if kind == "Note" and not kid.get("/ID"):
                fails("19-003", "a note without an id")
            if kind == "TH":
                attributes = resolved(kid.get("/A", []))
                attributes = attributes if isinstance(attributes, ArrayObject) else [attributes]
                if not any(resolved(it).get("/Scope") for it in attributes):
                    fails("15-003", "a head of a table that does not say what it is the head of")
            visit(kid, kind)

    visit(tree, "root")
    for before, heading in zip([0] + headings, headings):
        if heading > before + 1:
            fails("14-003", f"H{heading} after {'H' + str(before) if before else 'nothing'}")
    return annotated, count


def check_pages(reader, annotated):
    links = 0
    for number, page in enumerate(reader.pages, 1):
        stack, untagged = [], 0
        content = page.get_contents()
        for operands, operator in content.operations if content is not None else []:
            if operator in (b"BDC", b"BMC"):
                tag = str(operands[0])
                properties = operands[1] if len(operands) > 1 else None
                is_content = isinstance(properties, DictionaryObject) and "/MCID" in properties
                stack.append("artifact" if tag == "/Artifact" else "content" if is_content else None)
                if "artifact" in stack and "content" in stack:
                    fails("01-003", f"page {number}: content and artifact in each other")
            elif operator == b"EMC":
                stack.pop()
            elif operator in PAINTS and not any(stack):
                untagged += 1
        if untagged:
            fails("01-005", f"page {number}: {untagged} pieces are neither content nor artifact")
        annotations = [resolved(it) for it in resolved(page.get("/Annots", []))]
        if annotations and page.get("/Tabs") != "/S":
            fails("28-008", f"page {number}: no order of tabs")
        for annotation in annotations:
            links += annotation.get("/Subtype") == "/Link"
            if annotation.get("/Subtype") == "/Link" and (id(annotation), "Link") not in annotated:
                fails("28-011", f"page {number}: a link that is no Link")
            if not annotation.get("/Contents"):
                fails("28-012", f"page {number}: a link without words")
        for font in resolved(resolved(page["/Resources"]).get("/Font", {})).values():
            font = resolved(font)
            name = font.get("/BaseFont")
            inner = resolved(resolved(font["/DescendantFonts"])[0]) if "/DescendantFonts" in font else font
            descriptor = resolved(inner.get("/FontDescriptor", {}))
            if font.get("/Subtype") != "/Type3" and not any(f"/FontFile{end}" in descriptor for end in ("", "2", "3")):
                fails("31-009", f"{name} is not embedded")
            if "/ToUnicode" not in font:
                fails("10-001", f"{name} can't be read as text")
    return links


def main():
    reader = PdfReader(sys.argv[1])
    check_document(reader)
    files = check_files(reader)
    annotated, count = check_structure(reader)
    links = check_pages(reader, annotated)
    print("\n".join(sorted(set(problems))))
    if not problems:
        elements = sum(count.values())
        print(f"{len(reader.pages)} pages, {elements} elements, {links} links, {files} attached files: nothing found")
    sys.exit(bool(problems))


main()
