"""The report: one HTML file that shows how far a classifier can be trusted, and needs nothing else to be opened.

    evaluation, findings, facts -> Report     -> sections -> page -> one file
                findings, facts -> DataReport ->

A `DataReport` is about pictures alone, before anything is taught from them.

`contents` is what goes in, `page` the frame, and each section has its own file. The page is in English and in Korean.
"""

from seefood.evaluation.report.contents import CROSS_VALIDATED, AugmentationReason, DataReport, Finding, Report
from seefood.evaluation.report.markup import Language
from seefood.evaluation.report.page import write

__all__ = ["CROSS_VALIDATED", "AugmentationReason", "DataReport", "Finding", "Language", "Report", "write"]
