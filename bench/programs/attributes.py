"""Attribute access and properties."""


class Account:
    def __init__(self, balance):
        self.balance, self._rate, self.log = balance, 1, 0

    @property
    def rate(self):
        return self._rate

    def deposit(self, amount):
        self.balance += amount * self.rate
        self.log += 1


def main():
    accounts = [Account(i) for i in range(100)]
    for i in range(4000):
        for a in accounts:
            a.deposit(i)
    return sum(a.balance + a.log for a in accounts)
