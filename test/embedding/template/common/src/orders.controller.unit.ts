import { Test } from '@nestjs/testing';
import { getRepositoryToken } from '@nestjs/typeorm';
import { GatehouseGuard, type Principal } from 'nest-gatehouse';
import { Order } from './order.entity';
import { OrdersController } from './orders.controller';

describe('OrdersController', () => {
  it('lists the orders of the account of the caller', async () => {
    const orders = {
      find: ({ where }: { where: object }) => Promise.resolve([{ item: 'Lantern', ...where }]),
    };
    const module = await Test.createTestingModule({
      controllers: [OrdersController],
      providers: [{ provide: getRepositoryToken(Order), useValue: orders }],
    })
      .overrideGuard(GatehouseGuard)
      .useValue({ canActivate: () => true })
      .compile();
    const principal = { accountId: 'a' } as Principal;
    const listed = await module.get(OrdersController).list(principal);
    expect(listed).toEqual([{ item: 'Lantern', accountId: 'a' }]);
  });
});
