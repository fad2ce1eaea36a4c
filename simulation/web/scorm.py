"""The page as a lesson of a learning platform: a package of SCORM 1.2, one page and a manifest.

`page/scorm.js` speaks with the platform: guesses, score, how far the reader came.
"""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

PAGE = "index.html"
MANIFEST = "imsmanifest.xml"

#: Every package of the same page is the same file.
_DATE = (1980, 1, 1, 0, 0, 0)

_IMS = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
_ADL = "http://www.adlnet.org/xsd/adlcp_rootv1p2"


def package(page: str, title: str = "Continuum") -> bytes:
    """Return the page as a zip that a learning platform takes.

    page : the HTML, made with the option ``scorm``
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((MANIFEST, manifest(title)), (PAGE, page)):
            archive.writestr(zipfile.ZipInfo(name, _DATE), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def manifest(title: str) -> str:
    """Return imsmanifest.xml: one organization, one item, one page."""
    name = escape(title)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="continuum" version="1.0"
    xmlns="{_IMS}"
    xmlns:adlcp="{_ADL}"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="{_IMS} imscp_rootv1p1p2.xsd {_ADL} adlcp_rootv1p2.xsd">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="lesson">
    <organization identifier="lesson">
      <title>{name}</title>
      <item identifier="story" identifierref="page" isvisible="true">
        <title>{name}</title>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="{PAGE}">
      <file href="{PAGE}"/>
    </resource>
  </resources>
</manifest>
"""
