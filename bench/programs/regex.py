"""re: findall, sub, alternations."""
import re


def main():
    text = " ".join(f"user{i}@example{i % 9}.org wrote on 20{i % 30:02d}-0{i % 9 + 1}-1{i % 9}: <b>hello {i}</b>;" for i in range(2500))
    mails = re.findall(r"[\w.]+@[\w.]+\.(?:org|com)", text)
    dates = re.findall(r"(\d{4})-(\d\d)-(\d\d)", text)
    plain = re.sub(r"<[^>]+>", "", text)
    words = re.split(r"\W+", plain)
    cat = sum(1 for _ in re.finditer(r"(?i)HELLO \d*[05]\b", text))
    return (len(mails), len(dates), len(plain), len(words), cat)
